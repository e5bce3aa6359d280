/** The length in bytes of what comes in pieces, one after the other. */
export const lengthOf = (pieces: readonly Uint8Array[]): number => {
  let length = 0;
  for (const piece of pieces) length += piece.byteLength;
  return length;
};
