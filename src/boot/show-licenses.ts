/** `text`: as JSON, which is ASCII. Whoever reads it has seen enough at any time: head(1). */
export function showLicenses(text: string): void {
  process.stdout.on('error', () => {}).write(String(JSON.parse(text)))
}
