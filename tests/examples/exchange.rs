//! Files for Python and from Python: `exchange write FOLDER` saves checkpoints and, beside each, the
//! bits of its numbers; `exchange read FOLDER` reads files and compares them with such bits;
//! `exchange onnx FOLDER` writes networks as ONNX files and, beside each, rows and what it must give.
//!
//! `.ci/exchange.py` does the other half with the packages `safetensors`, `numpy`, `onnx` and `onnxruntime`.

use std::path::Path;
use std::process::ExitCode;

use tests::exchange::{read, write};
use tests::onnx;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["write", folder] => write(Path::new(folder)),
        ["read", folder] => read(Path::new(folder)),
        ["onnx", folder] => onnx::write(Path::new(folder)).map(|names| names.len()),
        _ => Err("usage: exchange write|read|onnx FOLDER".into()),
    };
    match result {
        Ok(count) => {
            println!("{count} files");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("exchange: {error}");
            ExitCode::FAILURE
        }
    }
}
