//! The cross-stitch unit: what it gives, and what its entries learn from.

use autograd::{Seed, Tape, Tensor, Var};
use multitask::connection::CrossStitchUnit;
use proptest::prelude::*;
use tests::draw::cases;

fn activations(num_tasks: usize, seed: u64) -> Vec<Tensor<f64>> {
    let x = |task| nn::init::normal([4, 5], 1.0, Seed::new(seed).child(task));
    (0..num_tasks).map(x).collect()
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn equal_shares_give_every_task_the_same(seed: u64, num_tasks in 1_usize..5) {
        let unit = CrossStitchUnit::<f64>::new(num_tasks, 0.9);
        unit.mixing.set(Tensor::full([num_tasks, num_tasks], 1.0 / num_tasks as f64));
        let tape = Tape::<f64>::default();
        let x: Vec<_> = activations(num_tasks, seed).iter().map(|x| tape.leaf(x)).collect();
        let received = unit.forward(&x);
        for other in &received {
            prop_assert_eq!(other.value(), received[0].value());
        }
    }

    #[test]
    fn an_entrys_gradient_is_the_inner_product_of_what_is_mixed(seed: u64) {
        let unit = CrossStitchUnit::<f64>::new(3, 0.8);
        let tape = Tape::<f64>::default();
        let x: Vec<_> = activations(3, seed).iter().map(|x| tape.leaf(x)).collect();
        let received: Vec<_> = unit.forward(&x).into_iter().map(Var::keep).collect();
        let loss = received.iter().map(|x| x.tanh().sum()).reduce(|a, b| a + b).unwrap();
        let gradients = loss.backward();
        let mixing = gradients.of(&unit.mixing).unwrap();
        for (i, received) in received.iter().enumerate() {
            for (j, x) in x.iter().enumerate() {
                let products = gradients.wrt(*received).unwrap().clone();
                let inner = products.zip(&x.value(), |a, b| a * b).sum().item();
                // Twenty products of size 1, added in another order.
                prop_assert!((mixing.as_slice()[3 * i + j] - inner).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn what_the_tasks_receive_differs(seed: u64) {
        let tape = Tape::<f64>::default();
        let x: Vec<_> = activations(3, seed).iter().map(|x| tape.leaf(x)).collect();
        let received = CrossStitchUnit::new(3, 0.9).forward(&x);
        prop_assert_ne!(received[0].value(), received[1].value());
        prop_assert_ne!(received[1].value(), received[2].value());
    }
}

#[test]
fn a_unit_begins_at_nine_tenths_of_its_own_and_shares_the_rest() {
    let mixing = CrossStitchUnit::<f64>::new(3, 0.9).mixing.value();
    for (entry, &share) in mixing.as_slice().iter().enumerate() {
        let expected = if entry % 4 == 0 { 0.9 } else { 0.05 };
        assert!((share - expected).abs() < 1e-15, "entry {entry}: {share}"); // one rounding
    }
    assert_eq!(CrossStitchUnit::<f64>::new(1, 0.9).mixing.value(), Tensor::ones([1, 1]));
}
