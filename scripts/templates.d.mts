export function parsedTemplate(text: string, partial?: (name: string) => string): string
