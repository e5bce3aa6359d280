/** Debian leaves out of an ordinary user's PATH where pivot_root, ip and nft are. @returns a PATH with them */
export const programPath = (): string =>
  [process.env.PATH, "/usr/sbin", "/usr/bin", "/sbin", "/bin"].filter(Boolean).join(":");
