// Justified rows: pictures keep their proportions and fill the width.

const kNarrowest = 0.45;
const kWidest = 3.2;

/**
 * @param {number[]} aspects width / height of each picture
 * @param {number} width of the rows @param {number} target height of a row @param {number} gap between pictures
 * @returns {{width: number, height: number}[]}
 */
export function justify(aspects, width, target, gap) {
  const boxes = [];
  const shapes = aspects.map((aspect) => Math.min(Math.max(aspect || 1, kNarrowest), kWidest));
  for (let begin = 0; begin < shapes.length;) {
    let end = begin;
    let sum = 0;
    let height = Infinity;
    while (end < shapes.length && height > target) {
      const next = (width - gap * (end - begin)) / (sum + shapes[end]);
      // A row without the next picture may be nearer to the height that is wanted.
      if (next < target && end > begin && height - target < target - next && height < target * 1.35) break;
      sum += shapes[end++];
      height = next;
    }
    if (end === shapes.length && height > target * 1.25) height = target;
    for (const shape of shapes.slice(begin, end)) {
      boxes.push({ width: Math.max(1, Math.floor(shape * height * 20 - 1) / 20), height: Math.round(height) });
    }
    begin = end;
  }
  return boxes;
}
