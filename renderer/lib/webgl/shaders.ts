/** Shaders of the map: dots with smooth edges, and pictures with a border. Colours are premultiplied. */

const projection = `
uniform vec2 u_center;
uniform vec2 u_unit;
uniform float u_progress;
vec4 project(vec2 from, vec2 to) {
  // Ease in and out; each point on a straight line.
  float t = u_progress * u_progress * (3.0 - 2.0 * u_progress);
  return vec4((mix(from, to, t) - u_center) * u_unit, 0.0, 1.0);
}`;

export const pointAttributes = ['a_from', 'a_to', 'a_category', 'a_flags'] as const;

export const pointVertex = `#version 300 es
precision highp float;
in vec2 a_from;
in vec2 a_to;
in uint a_category;
in uint a_flags;
uniform sampler2D u_palette;
uniform float u_diameter;
uniform float u_alpha;
uniform float u_restAlpha;
uniform float u_ringWidth;
out vec3 v_color;
out float v_alpha;
out float v_size;
out float v_ring;
${projection}
void main() {
  bool isSelected = (a_flags & 1u) != 0u;
  bool isDimmed = (a_flags & 2u) != 0u;
  gl_Position = (a_flags & 4u) != 0u ? vec4(2.0, 2.0, 2.0, 1.0) : project(a_from, a_to);
  v_color = texelFetch(u_palette, ivec2(int(a_category), 0), 0).rgb;
  v_alpha = isSelected ? 1.0 : isDimmed ? u_alpha * 0.16 : u_alpha * u_restAlpha;
  v_ring = isSelected ? u_ringWidth : 0.0;
  v_size = u_diameter * (isSelected ? 1.25 : 1.0) + 2.0 * v_ring;
  gl_PointSize = v_size + 1.0;
}`;

export const pointFragment = `#version 300 es
precision highp float;
uniform vec3 u_ring;
in vec3 v_color;
in float v_alpha;
in float v_size;
in float v_ring;
out vec4 outColor;
void main() {
  float distance = length(gl_PointCoord - 0.5) * (v_size + 1.0);
  float radius = 0.5 * v_size;
  float cover = clamp(radius + 0.5 - distance, 0.0, 1.0);
  if (cover <= 0.0) discard;
  float inner = clamp(radius - v_ring + 0.5 - distance, 0.0, 1.0);
  vec3 color = v_ring > 0.0 ? mix(u_ring, v_color, inner) : v_color;
  float alpha = cover * v_alpha;
  outColor = vec4(color * alpha, alpha);
}`;

export const tileAttributes = ['a_corner', 'a_from', 'a_to', 'a_slot', 'a_color', 'a_alpha', 'a_border'] as const;

export const tileVertex = `#version 300 es
precision highp float;
in vec2 a_corner;
in vec2 a_from;
in vec2 a_to;
in vec2 a_slot;
in vec3 a_color;
in float a_alpha;
in float a_border;
uniform vec2 u_pixel;
uniform float u_side;
out vec2 v_at;
out vec2 v_slot;
out vec3 v_color;
out float v_alpha;
out float v_border;
${projection}
void main() {
  vec4 center = project(a_from, a_to);
  gl_Position = center + vec4(a_corner * (0.5 * u_side + 1.0) * u_pixel, 0.0, 0.0);
  v_at = a_corner * (0.5 * u_side + 1.0);
  v_slot = a_slot;
  v_color = a_color;
  v_alpha = a_alpha;
  v_border = a_border;
}`;

export const tileFragment = `#version 300 es
precision highp float;
uniform sampler2D u_atlas;
uniform float u_side;
uniform float u_slotShare;
uniform float u_slotPx;
uniform float u_radius;
in vec2 v_at;
in vec2 v_slot;
in vec3 v_color;
in float v_alpha;
in float v_border;
out vec4 outColor;
float boxDistance(vec2 at, float halfSide, float radius) {
  vec2 d = abs(at) - halfSide + radius;
  return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - radius;
}
void main() {
  float halfSide = 0.5 * u_side;
  float cover = clamp(0.5 - boxDistance(v_at, halfSide, u_radius), 0.0, 1.0);
  if (cover <= 0.0) discard;
  float inside = clamp(0.5 - boxDistance(v_at, halfSide - v_border, max(1.0, u_radius - v_border)), 0.0, 1.0);
  vec2 share = clamp(vec2(v_at.x, -v_at.y) / (u_side - 2.0 * v_border) + 0.5, 0.5 / u_slotPx, 1.0 - 0.5 / u_slotPx);
  vec3 picture = texture(u_atlas, (v_slot + share) * u_slotShare).rgb;
  float alpha = cover * v_alpha;
  outColor = vec4(mix(v_color, picture, inside) * alpha, alpha);
}`;
