/** The address of IGV's script (`vite.config.ts`). */
declare module "virtual:igv" {
  const address: string;
  export default address;
}
