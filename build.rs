//! Build script of the addon crate: sets the linker flags that Node.js needs.

fn main() {
    napi_build::setup();
}
