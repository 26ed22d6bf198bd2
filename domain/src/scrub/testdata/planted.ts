/** The 14 identifiers planted into the printer ticket (features.md, SC2): a reader outside must find none of them anywhere. */
export const PLANTED: readonly string[] = [
  'Brightline Print',
  'Brightline',
  'Ken Abe',
  'ken.abe@brightline.example',
  'support@brightline.example',
  'C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf',
  '\\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx',
  '/home/kabe/driver.log',
  'BRIT-NORTH-01',
  'BRIT-PRINT01.brightline.example',
  '10.20.4.17',
  '555-0102',
  'BRIGHTLINE\\ken.abe',
  'Password=Tr0ub4dor&3',
];
