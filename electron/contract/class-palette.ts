/** The colours that classes get, one after the other: the engine gives them out, the window offers them and draws clusters with them. */

/**
 * Colours for classes and clusters. The first seven are those of Okabe and Ito (2008); each further one was picked from sRGB as the farthest
 * in OKLab from all before it, in the nearest of normal, protanopic, deuteranopic and tritanopic vision (Machado et al. 2009; the first
 * weighs less, the last less still), among those that stand out from both themes' ground. No two come closer than 0.07, in the rare
 * tritanopia 0.055 (tested).
 */
export const classPalette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#693c2d',
  '#5af0d2',
  '#2d0fe1',
  '#5a2d96',
  '#b44bff',
  '#964b78',
  '#96c396',
  '#96d2ff',
  '#d200b4',
  '#b43c0f',
  '#870f69',
  '#b4e196',
  '#7896ff',
] as const;
