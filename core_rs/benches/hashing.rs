//! Throughput on a buffer in memory: our digests, and the blake3 crate called directly. Prints one JSON object of GB per
//! CPU second; `benches/hashing.py` compares.
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use xrattest_core::hash::{Algorithms, digest_bytes};

const SIZE: usize = 64 << 20;
const ROUNDS: usize = 9;

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

type Run<'data> = (&'static str, Box<dyn Fn() + 'data>);

/// The best of alternating rounds each, so that a busy neighbour hits neither alone.
fn main() {
    let data: Vec<u8> = (0..SIZE).map(|index| u8::try_from(index % 251).unwrap_or_default()).collect();
    let ours = |sha256, blake3| {
        let data = &data;
        move || {
            black_box(digest_bytes(black_box(data), Algorithms { sha256, blake3 }));
        }
    };
    let runs: [Run<'_>; 4] = [
        ("sha256", Box::new(ours(true, false))),
        ("blake3", Box::new(ours(false, true))),
        ("both", Box::new(ours(true, true))),
        (
            "blake3-crate",
            Box::new(|| {
                black_box(blake3::hash(black_box(&data)));
            }),
        ),
    ];
    let mut best = [f64::MAX; 4];
    for _ in 0..ROUNDS {
        for ((_, run), best) in runs.iter().zip(&mut best) {
            let start = cpu_seconds();
            run();
            *best = best.min(cpu_seconds() - start);
        }
    }
    let figures: Vec<String> = runs
        .iter()
        .zip(best)
        .map(|((name, _), seconds)| format!("\"{name}\": {:.4}", SIZE as f64 / seconds / 1e9))
        .collect();
    println!("{{{}}}", figures.join(", "));
}
