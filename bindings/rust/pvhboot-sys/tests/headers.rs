// SPDX-License-Identifier: MIT
//! The declarations are those of the C headers, and Rust lays the structs out as C does.

use std::path::PathBuf;
use std::process::Command;

fn generate(arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/generate");
    let output = Command::new(script).args(arguments).output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn declarations_are_those_of_the_headers() {
    let fresh = generate(&["--no-layout-tests"]);
    let lines = include_str!("../src/bindings.rs").lines().zip(fresh.lines());

    for (number, (ours, theirs)) in (1..).zip(lines) {
        assert_eq!(ours, theirs, "line {number} of src/bindings.rs; run ./generate");
    }
    assert_eq!(include_str!("../src/bindings.rs").len(), fresh.len(), "run ./generate");
}

/// bindgen writes a test for each struct: its size, its alignment and the offset of each member, as
/// clang has them. The declarations beside these tests are ours, by the test above.
#[test]
fn structs_are_laid_out_as_in_c() {
    let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("layout");
    let source = program.with_extension("rs");
    let tests = generate(&[]);
    let structs = tests.matches("pub struct ").count();

    std::fs::write(&source, tests).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let compiled = Command::new(rustc)
        .args(["--edition=2021", "--test", "-Awarnings", "-o"])
        .args([&program, &source])
        .status();
    assert!(compiled.unwrap().success());

    // Undefined functions are not called, and no library is linked.
    let output = Command::new(&program).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(structs > 40, "{structs} structs");
    assert!(output.contains(&format!("{structs} passed; 0 failed")), "{output}");
}
