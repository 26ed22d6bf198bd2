/** The part of web-tree-sitter's module that reads and writes its memory. */
interface TreeMemory {
  HEAP_DATA_VIEW?: DataView;
  getValue?: (at: number, type: string) => unknown;
  setValue?: (at: number, value: number, type: string) => void;
}

/**
 * A node is taken out of WebAssembly's memory by some twenty numbers, and web-tree-sitter finds out the type of each from a word
 * (`'i32'`), which takes longer than all else: half the time of a tree. The module that `Parser.init` has filled gets a short way for
 * that one type. Where a version names things differently, nothing is changed.
 */
export function readsNumbersFast(parser: object): void {
  const module: TreeMemory = parser; // Not in the package's types.
  const { getValue, setValue, HEAP_DATA_VIEW } = module;
  if (getValue === undefined || setValue === undefined || HEAP_DATA_VIEW === undefined) return;
  // The view is a new one whenever the memory has grown, so it is looked up each time.
  module.getValue = (at, type) => (type === 'i32' ? module.HEAP_DATA_VIEW!.getInt32(at, true) : getValue(at, type));
  module.setValue = (at, value, type) => {
    if (type === 'i32') module.HEAP_DATA_VIEW!.setInt32(at, value, true);
    else setValue(at, value, type);
  };
}
