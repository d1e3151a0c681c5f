import { PointShadowNode } from 'three/webgpu';
import type { DepthTexture, LightShadow, Node, NodeBuilder, PointLight } from 'three/webgpu';
import { Fn, cubeTexture, step } from 'three/tsl';

interface ShadowTarget {
  depthTexture: DepthTexture;
}

/**
 * three samples cube shadow maps through a comparison sampler only, which cannot tell how far away a blocker is.
 * This node keeps the map readable and compares in the shader instead.
 */
class ReadablePointShadowNode extends PointShadowNode {
  // @types/three omits setupRenderTarget(); r187 has it.
  setupRenderTarget(shadow: LightShadow, builder: NodeBuilder): ShadowTarget {
    const target = baseSetupRenderTarget.call(this, shadow, builder);
    target.depthTexture.compareFunction = null;
    return target;
  }
}
const baseSetupRenderTarget = (
  PointShadowNode.prototype as unknown as {
    setupRenderTarget(shadow: LightShadow, builder: NodeBuilder): ShadowTarget;
  }
).setupRenderTarget;

const hardPointFilter = Fn(
  ({
    depthTexture,
    bd3D,
    dp,
  }: {
    depthTexture: DepthTexture;
    bd3D: Node<'vec3'>;
    dp: Node<'float'>;
  }) => step(dp, cubeTexture(depthTexture as never, bd3D).r),
);

/** Gives a shadowed point light a readable shadow map; idempotent. */
export function readableShadow(light: PointLight): void {
  const shadow = light.shadow as typeof light.shadow & { shadowNode?: Node; filterNode?: unknown };
  if (shadow.shadowNode) return;
  shadow.shadowNode = new ReadablePointShadowNode(light, light.shadow as never);
  shadow.filterNode = hardPointFilter;
}
