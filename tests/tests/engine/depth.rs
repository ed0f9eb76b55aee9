//! Depth: long chains and many paths, in a thread with a small stack.

use autograd::{Tape, Tensor};

/// Runs `f` in a thread with 2 MB of stack, as test threads have; a recursion a node deep would
/// need much more.
fn on_a_small_stack<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(f).expect("a thread");
    thread.join().expect("no overflow")
}

#[test]
fn a_chain_of_a_million_nodes_is_swept_and_dropped() {
    const NODES: usize = 1_000_000;
    let slope = on_a_small_stack(|| {
        let tape = Tape::<f64>::default();
        let x = tape.leaf(1.0);
        let y = (0..NODES).fold(x, |y, _| y + x);
        assert_eq!(y.value(), Tensor::scalar((NODES + 1) as f64));
        y.backward().wrt(x).unwrap().clone()
    });
    assert_eq!(slope, Tensor::scalar((NODES + 1) as f64));
}

#[test]
fn a_chain_of_a_hundred_thousand_vectors_is_swept_and_dropped() {
    const NODES: usize = 100_000;
    let slope = on_a_small_stack(|| {
        let tape = Tape::<f64>::default();
        let x = tape.leaf(Tensor::ones([3]));
        let y = (0..NODES).fold(x, |y, _| (y * 1.0).relu());
        y.sum().backward().wrt(x).unwrap().clone()
    });
    assert_eq!(slope, Tensor::ones([3]));
}

// 2^60 paths: whoever walks them one by one does not come back.
#[test]
fn sixty_stacked_diamonds_are_swept_in_one_pass() {
    const DIAMONDS: usize = 60;
    let (edges, slope) = on_a_small_stack(|| {
        let tape = Tape::<f64>::default();
        let x = tape.leaf(Tensor::ones([2]));
        let y = (0..DIAMONDS).fold(x, |y, _| y * 0.5 + y.tanh() * 0.0 + y * 0.5);
        let slope = y.sum().backward().wrt(x).unwrap().clone();
        (tape.num_edges(), slope)
    });
    // Two halves, one tanh and its factor, and two sums of two a diamond; the sum at the end.
    assert_eq!(edges, DIAMONDS * (2 + 2 + 2 * 2) + 1);
    assert_eq!(slope, Tensor::ones([2]));
}
