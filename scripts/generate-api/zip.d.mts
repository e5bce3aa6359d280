export declare const readZipMember: (file: string, member: string) => Buffer;
