//! Many contexts at once: the list of `ruff ps`, and the numbers of `ruff top`.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::{Inspector, VERSION};
use crate::bytecode::FunctionId;
use crate::runtime::activity::Counts;
use crate::runtime::census::{self, Entry, Group, Names, Seen, State};
use crate::runtime::counters::Counters;
use crate::runtime::leaks;
use crate::runtime::promise::Source;
use crate::runtime::store::ContextId;
use crate::value::TracePoint;

/// A summary looks at so many contexts; of more it takes a sample.
const SAMPLE: u64 = 20_000;

/// So many groups are told apart, the largest first.
const MOST_GROUPS: usize = 100;

/// Where a context waits in vain, for what, in words, and where it was created.
type LeakAt = (Option<TracePoint>, String, Option<TracePoint>);

/// So many contexts of each group are named by id.
const MOST_IDS: usize = 10;

impl Inspector {
    /// The answer that lists contexts.
    pub(super) fn contexts(&self, after: u64, limit: u64) -> Json {
        let first = ContextId::from_number(after.saturating_add(1));
        // One more, to know whether there is more.
        let mut entries = census::take(&self.hub, first, 1, limit as usize + 1);
        let more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        let names = census::names(self.program(), &entries);
        let list: Vec<Json> = entries.iter().map(|entry| self.row(entry, &names)).collect();
        json!({ "version": VERSION, "contexts": list, "more": more, "alive": self.counts().live })
    }

    /// A context as a list shows it; `names` says what other contexts run.
    pub(super) fn row(&self, entry: &Entry, names: &Names<'_>) -> Json {
        let Seen { state, source, at } = entry.seen(self.program());
        let mut row = json!({ "id": entry.id.number(), "state": state.name() });
        if let Some(created) = entry.created {
            row["created"] = self.place(created);
        }
        if let Some(since) = entry.since {
            row["since_ms"] = json!(since.elapsed().as_secs_f64() * 1e3);
        }
        if state != State::Running {
            row["function"] = json!(entry.name(self.program()));
            row["at"] = at.map_or(Json::Null, |at| self.place(at));
        } else if let Some((worker, function)) = self.at_work(entry.id) {
            row["worker"] = json!(worker);
            row["function"] = json!(function.map(|function| self.name_of(function)));
        }
        if let Some(source) = source {
            row["waits_for"] = json!(entry.wanted(Some(&source), |id| names.get(&id).copied()));
            if let Source::Context(id) = source {
                row["waits_for_context"] = json!(id.number());
            }
        }
        row
    }

    /// The contexts that wait in vain, in groups that do so at the same place, the largest first. `None` if the program ends
    /// meanwhile.
    pub(super) fn leaks(&self) -> Option<Json> {
        let (leaked, looked_at) = leaks::find(&self.hub)?;
        let names = census::names(self.program(), &leaked);
        let mut groups: IndexMap<LeakAt, Vec<&Entry>> = IndexMap::new();
        for entry in &leaked {
            let Seen { source: Some(source), at, .. } = entry.seen(self.program()) else { continue };
            let wanted = entry.wanted(Some(&source), |id| names.get(&id).copied());
            groups.entry((at, wanted, entry.created)).or_default().push(entry);
        }
        groups.sort_by_key(|_, entries| usize::MAX - entries.len());
        let count: usize = groups.values().map(Vec::len).sum();
        let group = |((at, wanted, created), entries): (&LeakAt, &Vec<&Entry>)| {
            let since = entries.iter().filter_map(|entry| entry.since).min();
            json!({
                "count": entries.len(),
                "at": at.map_or(Json::Null, |at| self.place(at)),
                "waits_for": wanted,
                "created": created.map_or(Json::Null, |created| self.place(created)),
                "since_ms": since.map(|since| since.elapsed().as_secs_f64() * 1e3),
                "ids": entries.iter().take(MOST_IDS).map(|entry| entry.id.number()).collect::<Vec<_>>(),
            })
        };
        let groups: Vec<Json> = groups.iter().take(MOST_GROUPS).map(group).collect();
        Some(json!({ "contexts": count, "looked_at": looked_at, "groups": groups }))
    }

    fn name_of(&self, function: FunctionId) -> &str {
        &self.program().function(function).name
    }

    /// How much goes on, without what ended and is still counted; all at about this moment.
    fn counts(&self) -> Counts {
        let Counts { live, active } = self.hub.activity.counts();
        Counts {
            live: live.saturating_sub(self.sum(|counters| counters.resting_contexts.get())),
            active: active.saturating_sub(self.sum(|counters| counters.resting_activities.get())),
        }
    }

    fn sum(&self, of: impl Fn(&Counters) -> u64) -> u64 {
        self.counters.iter().map(|counters| of(counters)).sum()
    }

    /// What goes on.
    pub(super) fn summary(&self) -> Json {
        let counts = self.counts();
        let step = counts.live.div_ceil(SAMPLE).max(1);
        let entries = census::take(&self.hub, ContextId::from_number(1), step as usize, 2 * SAMPLE as usize);
        json!({
            "milliseconds": self.time.really_elapsed().as_secs_f64() * 1e3,
            "contexts": {
                "created": self.hub.store.created(),
                "alive": counts.live,
                "waiting": self.hub.ready.waiting().now(),
                "most_waiting": self.hub.ready.waiting().most(),
            },
            // The look itself is not counted.
            "activities": counts.active.saturating_sub(1),
            "longest_channel": self.hub.longest_channel.get(),
            "looked_at": entries.len(),
            "groups": self.groups(&entries),
            "workers": self.workers(),
        })
    }

    fn groups(&self, entries: &[Entry]) -> Vec<Json> {
        let running = |id| self.at_work(id).and_then(|(_, function)| function);
        let groups = census::grouped(self.program(), entries, running);
        let group = |(group, count): (Group, usize)| {
            let at = group.at.map_or(Json::Null, |at| self.place(at));
            json!({
                "state": group.state.name(),
                "function": group.function.map(|function| self.name_of(function)),
                "at": at,
                "waits_for": group.waits_for,
                "count": count,
            })
        };
        groups.into_iter().take(MOST_GROUPS).map(group).collect()
    }

    fn workers(&self) -> Vec<Json> {
        let worker = |counters: &Counters| {
            let did = counters.read();
            let (context, function) = counters.at_work();
            json!({
                "runs": did.runs,
                "waits": did.parks,
                "steals": did.steals,
                "wakes": did.wakes,
                "searches": did.searches,
                "asleep_ms": did.asleep,
                "longest_ms": did.longest,
                "last_context": context,
                "last_function": function.map(|function| self.name_of(function)),
            })
        };
        self.counters.iter().map(|counters| worker(counters)).collect()
    }
}
