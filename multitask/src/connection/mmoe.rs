//! A mixture of experts with a gate for every task.

use autograd::{Float, Parameter, Tensor, Var, stack};
use nn::train::Property::IgnoresOrder;
use nn::train::{Description, Family, within};
use nn::{Module, Sequential};
use serde::{Deserialize, Serialize};

use crate::network::parameters_of;
use crate::{Architecture, Error, Network, Plan, fresh};

/// Several trunks, the experts, of which every task mixes its own for each row.
#[derive(Clone)]
pub struct MmoeNetwork<F: Float = f32> {
    /// The trunks all tasks share.
    pub experts: Vec<Sequential<F>>,
    /// One gate a task.
    pub gates: Vec<Gate<F>>,
    /// One head a task.
    pub heads: Vec<Sequential<F>>,
}
nn::parts!(<F> MmoeNetwork<F>: experts, gates, heads);

/// Says for each row how much each expert counts.
#[derive(Clone)]
pub struct Gate<F: Float = f32> {
    /// `[experts, columns]`.
    pub weight: Parameter<F>,
}
nn::parts!(<F> Gate<F>: weight);

impl<F: Float> Gate<F> {
    /// A gate for which all experts count alike.
    pub fn even(experts: usize, columns: usize) -> Self {
        Self { weight: Parameter::new(Tensor::zeros([experts, columns])) }
    }

    /// Each expert's share, `softmax(x W^T)`: above 0, and 1 together.
    ///
    /// # Shapes
    /// `x`: `[rows, columns]`; result: `[rows, experts]`.
    ///
    /// # Panics
    /// If the rows have another width.
    #[track_caller]
    pub fn shares<'t>(&self, x: Var<'t, F>) -> Var<'t, F> {
        x.linear_no_bias(x.tape().watch(&self.weight)).softmax(1)
    }
}

impl<F: Float> MmoeNetwork<F> {
    /// A fresh network: the first expert begins as the trunk of every other strategy, the others as
    /// trunks of their own, and the gates even.
    ///
    /// # Errors
    /// If the architecture cannot be built, has no head or no fixed number of inputs.
    pub fn new(plan: &Plan<'_>, experts: usize) -> Result<Self, Error> {
        let (heads, (trunk, _)) = (fresh::heads(plan)?, plan.spec.split_head());
        let no_head = || Error::NoHead { spec: plan.spec.to_string() };
        let columns = plan.spec.inputs().ok_or_else(no_head)?;
        let seed = |expert| match expert {
            0 => plan.seed,
            _ => plan.seed.child("expert").child(expert),
        };
        Ok(Self {
            experts: (0..experts).map(|expert| trunk.build(seed(expert))).collect(),
            gates: plan.tasks.iter().map(|_| Gate::even(experts, columns)).collect(),
            heads,
        })
    }
}

impl<F: Float> Network<F> for MmoeNetwork<F> {
    fn forward<'t>(&self, x: Var<'t, F>, tasks: &[usize]) -> Vec<Var<'t, F>> {
        let features: Vec<_> = self.experts.iter().map(|expert| expert.forward(x)).collect();
        let features = stack(&features, 1);
        let output = |&task: &usize| {
            let shares = self.gates[task].shares(x);
            let (rows, experts) = (shares.shape().axis(0), shares.shape().axis(1));
            let mixed = (features * shares.reshape([rows, experts, 1])).sum_axes(&[1]);
            self.heads[task].forward(mixed)
        };
        tasks.iter().map(output).collect()
    }
    fn shared(&self) -> Vec<Parameter<F>> {
        parameters_of(&self.experts)
    }
}

/// Several trunks, the experts, see every row; each task has a gate that says, by the row, how much
/// it takes of each.
///
/// Tasks that fit together come to use the same experts, others part.
///
/// # Source
/// Ma et al. 2018, section 4.2: `y_k = h_k(sum_i softmax(W_k x)_i f_i(x))`. Here: the gates begin
/// even, at `W_k = 0`; and an expert is a whole trunk, so that one expert is hard sharing (the paper
/// makes experts smaller the more there are).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mmoe {
    /// How many experts there are.
    pub experts: usize,
}

impl Default for Mmoe {
    fn default() -> Self {
        Self { experts: 4 }
    }
}

impl<F: Float> Architecture<F> for Mmoe {
    fn describe(&self) -> Description {
        Description {
            article_term: Some("任务间连接"),
            paper: Some("Ma et al. 2018, Multi-gate Mixture-of-Experts"),
            keeps: &[IgnoresOrder],
            ..Description::new("MMoE", Family::Connection)
        }
    }
    fn fresh(&self, plan: &Plan<'_>) -> Result<Box<dyn Network<F>>, Error> {
        within("experts", self.experts as f64, 1.0..=1000.0, "between 1 and 1000")?;
        Ok(Box::new(MmoeNetwork::new(plan, self.experts)?))
    }
}
