import { PointLight, PointShadowNode } from 'three/webgpu';
import type { DepthTexture, Light, Node, NodeBuilder, LightShadow, Object3D } from 'three/webgpu';
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

/**
 * Gives every shadowed point light of a scene a readable shadow map, and returns all shadows, to be refreshed once a
 * frame; idempotent. three would draw them again for each camera of a frame (r187), although no light of ours depends
 * on one: with probes being baked that doubled the passes.
 */
export function prepareLights(root: Object3D): LightShadow[] {
  const shadows: LightShadow[] = [];
  root.traverse((object) => {
    const { shadow, castShadow } = object as Light & { shadow?: LightShadow };
    if (!castShadow || !shadow || !(object as Light).isLight) return;
    shadow.autoUpdate = false;
    shadows.push(shadow);
    if (object instanceof PointLight) makeReadable(object);
  });
  return shadows;
}

function makeReadable(light: PointLight): void {
  const shadow = light.shadow as typeof light.shadow & { shadowNode?: Node; filterNode?: unknown };
  if (shadow.shadowNode) return;
  shadow.shadowNode = new ReadablePointShadowNode(light, light.shadow as never);
  shadow.filterNode = hardPointFilter;
}
