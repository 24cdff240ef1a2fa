// Arrays of the page's data as typed arrays (src/pointes/explorer/arrays.py writes them).

/** Return a number as it is, and an encoded array as a typed array with its shape as a property. */
export function decode(value) {
  if (typeof value === "number") return value;
  const bytes = Uint8Array.from(atob(value.float64 ?? value.int16), (letter) => letter.charCodeAt(0));
  const array = "float64" in value ? new Float64Array(bytes.buffer) : new Int16Array(bytes.buffer);
  array.shape = value.shape;
  return array;
}

/** Return row i of a matrix. */
export function row(matrix, i) {
  const width = matrix.shape[1];
  return matrix.subarray(i * width, (i + 1) * width);
}

/** Return the sum of products of two arrays. */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Solve L x = b in place; L is a lower triangular matrix, row after row up to the diagonal. */
export function solveLower(triangle, b) {
  for (let i = 0, at = 0; i < b.length; i++) {
    let left = b[i];
    for (let j = 0; j < i; j++) left -= triangle[at++] * b[j];
    b[i] = left / triangle[at++];
  }
  return b;
}
