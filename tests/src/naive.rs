//! Naive twins: what the engine does fast, in plain loops over indices.

use autograd::{Float, Tensor};

/// Every index of a tensor of these sizes, in row-major order.
pub fn indices(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for &size in sizes {
        let longer = |index: &Vec<usize>| {
            let index = index.clone();
            (0..size).map(move |i| [&index[..], &[i]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

/// NumPy's rule for two shapes, if they fit: aligned at the last axis, sizes equal or 1.
pub fn broadcast_shape(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let of = |sizes: &[usize], axis: usize| {
        if axis + sizes.len() < rank { 1 } else { sizes[axis + sizes.len() - rank] }
    };
    (0..rank)
        .map(|axis| match (of(a, axis), of(b, axis)) {
            (p, q) if p == q => Some(p),
            (1, q) => Some(q),
            (p, 1) => Some(p),
            _ => None,
        })
        .collect()
}

/// The entry of `x` that broadcasting puts at `index` of a larger shape.
pub fn stretched_entry<F: Float>(x: &Tensor<F>, index: &[usize]) -> F {
    let own = &index[index.len() - x.shape().rank()..];
    let at: Vec<usize> =
        own.iter().zip(x.shape().sizes()).map(|(&i, size)| if size == 1 { 0 } else { i }).collect();
    x.view()[&at[..]]
}

/// `f` of each pair of entries that broadcasting makes.
///
/// # Panics
/// If the shapes do not fit.
pub fn broadcast<F: Float>(a: &Tensor<F>, b: &Tensor<F>, f: impl Fn(F, F) -> F) -> Tensor<F> {
    let shape = broadcast_shape(&a.shape().to_vec(), &b.shape().to_vec()).expect("fitting shapes");
    let entries = indices(&shape);
    let entries = entries.iter().map(|at| f(stretched_entry(a, at), stretched_entry(b, at)));
    Tensor::new(&shape, entries.collect())
}

/// `A B` over the last two axes, with broadcast leading axes.
///
/// # Panics
/// If the shapes do not fit.
pub fn matmul<F: Float>(a: &Tensor<F>, b: &Tensor<F>) -> Tensor<F> {
    let (a_sizes, b_sizes) = (a.shape().to_vec(), b.shape().to_vec());
    let (a_lead, [m, k]) = a_sizes.split_last_chunk().expect("a matrix");
    let (b_lead, [inner, n]) = b_sizes.split_last_chunk().expect("a matrix");
    assert_eq!(k, inner);
    let lead = broadcast_shape(a_lead, b_lead).expect("fitting leading axes");
    let at = |x: &Tensor<F>, lead: &[usize], row, column| {
        stretched_entry(x, &[lead, &[row, column]].concat())
    };
    let shape = [&lead[..], &[*m, *n]].concat();
    let entry = |index: &Vec<usize>| {
        let (lead, &[row, column]) = index.split_last_chunk().expect("two indices");
        (0..*k).map(|j| at(a, lead, row, j) * at(b, lead, j, column)).sum()
    };
    Tensor::new(&shape, indices(&shape).iter().map(entry).collect())
}
