//! Facts about a model, beside its tensors.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::Fault;
use crate::data::Scaler;
use crate::error::{shown, shown_up_to};
use crate::{Error, NetworkSpec, Schedule};

/// Facts about a model that stand in its checkpoint: what is needed to use it elsewhere.
///
/// ```
/// use nn::{NetworkSpec, Parameters, Seed, checkpoint::Checkpoint};
/// # let file = std::env::temp_dir().join(format!("nn-notes-{}.safetensors", std::process::id()));
/// let network = NetworkSpec::mlp(&[64, 32, 10]).build::<f32>(Seed::new(1));
/// let mut checkpoint = Checkpoint::new(network.state_dict());
/// checkpoint.notes.spec = network.spec();
/// checkpoint.notes.classes.insert("digit".to_owned(), ('0'..='9').map(String::from).collect());
/// checkpoint.write(&file)?;
///
/// let read: Checkpoint = Checkpoint::read(&file)?;      // elsewhere: the network is built anew
/// assert_eq!(read.notes.classes["digit"][3], "3");
/// assert_eq!(read.network()?.spec(), network.spec());
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), nn::Error>(())
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Notes {
    /// The architecture; a layer of one's own in it is known by its name alone, as read.
    pub spec: Option<NetworkSpec>,
    /// How many steps the weights were trained.
    pub step: Option<usize>,
    /// The names of each task's classes, in the order of its head's outputs.
    pub classes: BTreeMap<String, Vec<String>>,
    /// The scale that inputs must be brought to.
    pub scaler: Option<Scaler>,
    /// Anything else, by name.
    pub others: BTreeMap<String, Value>,
}

impl Notes {
    /// Sets another note, of any type that serde writes and reads.
    ///
    /// ```
    /// use nn::checkpoint::Notes;
    /// let mut notes = Notes::default();
    /// notes.set("languages", &vec!["es".to_owned(), "pt".to_owned()])?;
    /// assert_eq!(notes.get::<Vec<String>>("languages")?.unwrap()[1], "pt");
    /// assert!(notes.get::<String>("author")?.is_none());
    /// assert!(notes.set("least", &f64::NAN).is_err());       // JSON has no form for it
    /// # Ok::<(), nn::Error>(())
    /// ```
    ///
    /// # Errors
    /// If JSON has no form for it that would be read as it is.
    pub fn set<T: Serialize + DeserializeOwned + PartialEq>(
        &mut self,
        name: &str,
        note: &T,
    ) -> Result<(), Error> {
        self.set_if(name, note, |read, note| read == note)
    }

    /// As [`set`](Notes::set), where the note that is read and the one that was written may differ.
    pub(crate) fn set_if<T: Serialize + DeserializeOwned>(
        &mut self,
        name: &str,
        note: &T,
        same: impl Fn(&T, &T) -> bool,
    ) -> Result<(), Error> {
        put_if(&mut self.others, name, Some(note), same).map_err(|fault| fault.at(None))
    }

    /// Another note, if there is one of this name.
    ///
    /// # Errors
    /// If it is of another type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let Some(note) = self.others.get(name) else { return Ok(None) };
        let read = T::deserialize(note).map_err(|error| unreadable(name, &error.to_string()));
        read.map(Some).map_err(|fault| fault.at(None))
    }
}

/// The names that are the file's own.
pub(super) const OWN: [&str; 9] =
    ["classes", "hash", "kind", "optimizer", "scaler", "schedule", "seed", "spec", "step"];

/// The notes as JSON by name.
pub(super) fn to_json(notes: &Notes) -> Result<BTreeMap<String, Value>, Fault> {
    let mut all = notes.others.clone();
    if let Some(name) = OWN.into_iter().find(|&name| all.contains_key(name)) {
        return Err(Fault::of_file(format!("another note cannot be named \"{name}\"")));
    }
    put_if(&mut all, "spec", notes.spec.as_ref(), same_in_json)?;
    put(&mut all, "step", notes.step.as_ref())?;
    put(&mut all, "scaler", notes.scaler.as_ref())?;
    put(&mut all, "classes", Some(&notes.classes).filter(|classes| !classes.is_empty()))?;
    Ok(all)
}

/// The notes among what a file holds; the file's own names are taken out before.
pub(super) fn from_json(mut all: BTreeMap<String, Value>) -> Result<Notes, Fault> {
    let (spec, step) = (take(&mut all, "spec")?, take(&mut all, "step")?);
    let scaler = take(&mut all, "scaler")?;
    let classes = take(&mut all, "classes")?.unwrap_or_default();
    Ok(Notes { spec, step, classes, scaler, others: all })
}

/// Adds a note. It must come back as it is: JSON has no form for numbers that are not finite, and
/// would hold `null` without a word.
pub(super) fn put<T: Serialize + DeserializeOwned + PartialEq>(
    all: &mut BTreeMap<String, Value>,
    name: &str,
    note: Option<&T>,
) -> Result<(), Fault> {
    put_if(all, name, note, |read, note| read == note)
}

/// Whether two notes stand in a file alike: a layer of one's own comes back under its name alone, and
/// its options in another order.
pub(crate) fn same_in_json<T: Serialize>(read: &T, note: &T) -> bool {
    serde_json::to_value(read).ok() == serde_json::to_value(note).ok()
}

/// As [`put`], where the note that is read and the one that was written may differ.
fn put_if<T: Serialize + DeserializeOwned>(
    all: &mut BTreeMap<String, Value>,
    name: &str,
    note: Option<&T>,
    same: impl Fn(&T, &T) -> bool,
) -> Result<(), Fault> {
    let Some(note) = note else { return Ok(()) };
    let value = serde_json::to_value(note).map_err(|error| Fault::of_file(error.to_string()))?;
    if !T::deserialize(&value).is_ok_and(|read| same(&read, note)) {
        let name = shown(name);
        let fault = format!("the note \"{name}\" has no form in JSON: is every number finite?");
        return Err(Fault::of_file(fault));
    }
    all.insert(name.to_owned(), value);
    Ok(())
}

/// Takes the note of a name of the file's own.
pub(super) fn take<T: DeserializeOwned>(
    all: &mut BTreeMap<String, Value>,
    name: &str,
) -> Result<Option<T>, Fault> {
    let Some(value) = all.remove(name) else { return Ok(None) };
    serde_json::from_value(value).map(Some).map_err(|error| unreadable(name, &error.to_string()))
}

/// As [`take`], for a note that must be there.
pub(super) fn need<T: DeserializeOwned>(
    all: &mut BTreeMap<String, Value>,
    name: &str,
) -> Result<T, Fault> {
    take(all, name)?.ok_or_else(|| unreadable(name, "it is missing"))
}

/// A schedule from outside has a rate for every step.
pub(super) fn need_schedule(all: &mut BTreeMap<String, Value>) -> Result<Schedule, Fault> {
    let schedule: Schedule = need(all, "schedule")?;
    schedule.check().map_err(|error| unreadable("schedule", &error.to_string()))?;
    Ok(schedule)
}

pub(super) fn unreadable(name: &str, why: &str) -> Fault {
    let (name, why) = (shown(name), shown_up_to(why, 100));
    Fault::of_file(format!("the note \"{name}\" cannot be used: {why}"))
}
