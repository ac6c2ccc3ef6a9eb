/** Templates are bundled as text: the package needs no file beside it. */
declare module '*.mustache' {
  const text: string
  export default text
}
