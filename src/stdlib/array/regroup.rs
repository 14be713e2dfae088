//! Sequences taken apart and put together differently.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::value::{Counted, Fault, Value};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("concat(...parts: any) -> any", "Arrays, strings or bytes of one kind in a row.", concat),
    plain("flatten(xs: seq, depth: int = 1) -> array", "Inner arrays opened depth levels.", flatten),
    plain("chunk(xs: seq, n: int) -> array", "Groups of n items.", |call| {
        grouped(call, |items, n| items.chunks(n).map(|group| Value::array(group.to_vec())).collect())
    }),
    plain("windows(xs: seq, n: int) -> array", "All runs of n neighbours.", |call| {
        grouped(call, |items, n| items.windows(n).map(|group| Value::array(group.to_vec())).collect())
    }),
    plain("zip(...seqs: seq) -> array", "Arrays of the items at each position.", zip),
    plain("enumerate(xs: seq, start: int = 0) -> array", "[index, item] for each item.", enumerate),
    plain("compact(xs: seq) -> array", "Without nulls.", |call| {
        let items = call.items(0, "xs")?;
        answer::array(items.iter().filter(|item| !matches!(item, Value::Null)).cloned().collect())
    }),
];

fn concat(call: &mut Call<'_>) -> Outcome {
    match call.args.first() {
        Some(Value::Text(_)) => concat_text(call),
        Some(Value::Bytes(_)) => concat_bytes(call),
        _ => concat_arrays(call),
    }
}

fn concat_text(call: &mut Call<'_>) -> Outcome {
    let mut all = String::new();
    for part in call.args.iter() {
        let Value::Text(text) = part else { return Err(call.type_fault("parts", "string", part)) };
        all.push_str(text.as_str());
    }
    answer::text(all)
}

fn concat_bytes(call: &mut Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for part in call.args.iter() {
        let Value::Bytes(bytes) = part else { return Err(call.type_fault("parts", "bytes", part)) };
        all.extend_from_slice(bytes);
    }
    answer::value(Value::bytes(all))
}

fn concat_arrays(call: &mut Call<'_>) -> Outcome {
    if let Some(part) = call.args.iter().find(|part| !matches!(part, Value::Array(_))) {
        return Err(call.type_fault("parts", "array, string or bytes", part));
    }
    let mut all = Vec::new();
    for part in call.args.iter_mut() {
        let Value::Array(items) = part.take() else { unreachable!("all were checked") };
        all.extend(Counted::into_inner(items));
    }
    answer::array(all)
}

fn flatten(call: &mut Call<'_>) -> Outcome {
    let depth = call.int(1);
    let mut flat = Vec::new();
    // A stack of iterators instead of recursion: values may nest to any depth.
    let mut open = vec![Counted::into_inner(call.items(0, "xs")?).into_iter()];
    while let Some(innermost) = open.last_mut() {
        match innermost.next() {
            Some(Value::Array(inner)) if (open.len() as i64) <= depth => {
                open.push(Counted::into_inner(inner).into_iter());
            }
            Some(item) => flat.push(item),
            None => drop(open.pop()),
        }
    }
    answer::array(flat)
}

fn grouped(call: &mut Call<'_>, group: fn(&[Value], usize) -> Vec<Value>) -> Outcome {
    let items = call.items(0, "xs")?;
    match usize::try_from(call.int(1)) {
        Ok(size) if size > 0 => answer::array(group(&items, size)),
        _ => Err(call.value_fault(format!("n must be at least 1, got {}", call.int(1)))),
    }
}

fn zip(call: &mut Call<'_>) -> Outcome {
    let columns: Result<Vec<_>, Fault> =
        (0..call.args.len()).map(|index| call.items(index, "seqs")).collect();
    let columns = columns?;
    let rows = columns.iter().map(|items| items.len()).min().unwrap_or(0);
    let row = |at: usize| Value::array(columns.iter().map(|items| items[at].clone()).collect());
    answer::array((0..rows).map(row).collect())
}

fn enumerate(call: &mut Call<'_>) -> Outcome {
    let start = call.int(1);
    let mut pairs = Vec::new();
    for (index, item) in call.items(0, "xs")?.iter().enumerate() {
        let index = start.checked_add(index as i64).ok_or_else(|| {
            crate::stdlib::number::arithmetic(format!("Integer overflow: {start} + {index}"))
        })?;
        pairs.push(Value::array(vec![Value::Int(index), item.clone()]));
    }
    answer::array(pairs)
}
