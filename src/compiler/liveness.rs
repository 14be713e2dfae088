//! Which registers are read later: computed on finished bytecode, from the operand kinds of the instruction table.
//!
//! Three things come of it. A `Copy` whose source is dead becomes a `Move`, so that the last use of a value takes it and edits
//! happen in place (DESIGN 3). A frozen frame keeps only what is read later (`Function::live`). And an edit that finds its
//! value shared can drop dead registers first, because one of them may be the other owner.
//!
//! The analysis is the textbook backward data-flow over basic blocks (Aho et al., section 9.2.5), with an edge from every
//! guarded instruction to its handler.

use smallvec::{SmallVec, smallvec};

use crate::bytecode::{CaptureSource, Function, Op, Program, Reg, Role, Root, Step};

/// A set of registers. Sets are made for every instruction; those of most functions need no allocation.
#[derive(Clone, PartialEq, Eq)]
struct Registers(SmallVec<[u64; 2]>);

impl Registers {
    fn none(count: u16) -> Registers {
        Registers(smallvec![0; usize::from(count).div_ceil(64)])
    }

    fn insert(&mut self, reg: Reg) {
        if let Some(word) = self.0.get_mut(usize::from(reg) / 64) {
            *word |= 1 << (reg % 64);
        }
    }

    fn remove(&mut self, reg: Reg) {
        if let Some(word) = self.0.get_mut(usize::from(reg) / 64) {
            *word &= !(1 << (reg % 64));
        }
    }

    fn contains(&self, reg: Reg) -> bool {
        self.0.get(usize::from(reg) / 64).is_some_and(|word| word & (1 << (reg % 64)) != 0)
    }

    /// Adds all of `other`; whether that changed anything.
    fn add(&mut self, other: &Registers) -> bool {
        let mut changed = false;
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            changed |= *more & !*word != 0;
            *word |= more;
        }
        changed
    }

    fn list(&self) -> Box<[Reg]> {
        let words = self.0.iter().enumerate();
        let bits = words.flat_map(|(at, &word)| {
            (0..64u16).filter(move |bit| word & (1 << bit) != 0).map(move |bit| at as u16 * 64 + bit)
        });
        bits.collect()
    }
}

/// `Function::live`.
type LiveTable = Vec<(u32, Box<[Reg]>)>;

/// What an instruction reads and assigns.
struct Effect {
    reads: SmallVec<[Reg; 8]>,
    writes: SmallVec<[Reg; 8]>,
}

struct Block {
    start: u32,
    end: u32,
    successors: Vec<usize>,
    /// Where its errors are caught: the block, and the register that gets the error.
    handlers: Vec<(usize, Reg)>,
    live_in: Registers,
}

/// Analyses the functions from `first` on.
pub(super) fn analyse(program: &mut Program, first: usize) {
    for index in first..program.functions.len() {
        let (moves, live) = Analysis::new(program, &program.functions[index]).run();
        let function = &mut program.functions[index];
        for ip in moves {
            if let Op::Copy { dst, src } = function.code[ip as usize] {
                function.code[ip as usize] = Op::Move { dst, src };
            }
        }
        function.live = live;
    }
}

struct Analysis<'a> {
    program: &'a Program,
    function: &'a Function,
    blocks: Vec<Block>,
}

impl<'a> Analysis<'a> {
    fn new(program: &'a Program, function: &'a Function) -> Analysis<'a> {
        let mut analysis = Analysis { program, function, blocks: Vec::new() };
        analysis.find_blocks();
        analysis
    }

    fn find_blocks(&mut self) {
        let code = &self.function.code;
        let mut starts: Vec<u32> = vec![0];
        for (ip, op) in code.iter().enumerate() {
            if let Some(target) = op.target() {
                starts.extend([target, ip as u32 + 1]);
            } else if ends_block(op) {
                starts.push(ip as u32 + 1);
            }
        }
        for handler in &self.function.handlers {
            starts.extend([handler.start, handler.end, handler.target]);
        }
        starts.retain(|&start| (start as usize) < code.len());
        starts.sort_unstable();
        starts.dedup();
        let block_at = |ip: u32| starts.binary_search(&ip).ok();
        for (index, &start) in starts.iter().enumerate() {
            let end = starts.get(index + 1).copied().unwrap_or(code.len() as u32);
            let last = code[end as usize - 1];
            let mut successors: Vec<usize> = last.target().and_then(block_at).into_iter().collect();
            if !ends_block(&last) {
                successors.extend(block_at(end));
            }
            let live_in = Registers::none(self.function.registers);
            self.blocks.push(Block { start, end, successors, handlers: Vec::new(), live_in });
        }
        for handler in &self.function.handlers {
            let Some(target) = block_at(handler.target) else { continue };
            let first = starts.partition_point(|&start| start < handler.start);
            let guarded = self.blocks[first..].iter_mut().take_while(|block| block.start < handler.end);
            guarded.for_each(|block| block.handlers.push((target, handler.error)));
        }
    }

    /// Where moves are right, and what is live where.
    fn run(mut self) -> (Vec<u32>, LiveTable) {
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..self.blocks.len()).rev() {
                let live_in = self.walk(index, |_, _, _| {});
                changed |= self.blocks[index].live_in.add(&live_in);
            }
        }
        let (mut moves, mut live) = (Vec::new(), Vec::new());
        for index in 0..self.blocks.len() {
            let code = &self.function.code;
            self.walk(index, |ip, before, after| {
                if let Op::Copy { src, .. } = code[ip as usize]
                    && !after.contains(src)
                {
                    moves.push(ip);
                }
                if is_kept(code, ip) {
                    // A frame that stands here may be waiting in the instruction before, whose errors may be caught.
                    let mut kept = before.clone();
                    let starts = ip == self.blocks[index].start;
                    kept.add(&self.caught_in(index - usize::from(starts && index > 0)));
                    live.push((ip, kept.list()));
                }
            });
        }
        live.sort_by_key(|entry| entry.0);
        (moves, live)
    }

    /// Goes backwards through a block; `visit` gets each instruction with what is live before and after it.
    fn walk(&self, index: usize, mut visit: impl FnMut(u32, &Registers, &Registers)) -> Registers {
        let block = &self.blocks[index];
        let mut live = Registers::none(self.function.registers);
        for &successor in &block.successors {
            live.add(&self.blocks[successor].live_in);
        }
        let caught = self.caught_in(index);
        for ip in (block.start..block.end).rev() {
            let mut after = live.clone();
            let effect = self.effect(ip);
            effect.writes.iter().for_each(|&reg| live.remove(reg));
            effect.reads.iter().for_each(|&reg| live.insert(reg));
            live.add(&caught);
            after.add(&caught);
            visit(ip, &live, &after);
        }
        live
    }

    /// What is read by the handlers of a block, and behind them.
    fn caught_in(&self, index: usize) -> Registers {
        let mut live = Registers::none(self.function.registers);
        for &(target, error) in &self.blocks[index].handlers {
            let mut caught = self.blocks[target].live_in.clone();
            caught.remove(error);
            live.add(&caught);
        }
        live
    }

    fn effect(&self, ip: u32) -> Effect {
        let op = &self.function.code[ip as usize];
        let mut effect = Effect { reads: SmallVec::new(), writes: SmallVec::new() };
        op.registers(|role, reg| match role {
            Role::Read => effect.reads.push(reg),
            Role::Write => effect.writes.push(reg),
            Role::Update => effect.reads.push(reg),
        });
        if let Some((first, count)) = self.function.window(op) {
            effect.reads.extend(first..first + count);
        }
        // Whatever happens, the generator must be told.
        effect.reads.extend(self.function.generator_register());
        match *op {
            Op::Call { base, .. }
            | Op::CallValue { base, .. }
            | Op::CallNative { base, .. }
            | Op::CallWith { base, .. } => effect.writes.push(base),
            Op::CallMethod { base, site } => {
                effect.writes.push(base);
                let site = &self.function.sites[site as usize];
                if let crate::bytecode::Fallback::Register(reg) = site.fallback {
                    effect.reads.push(reg);
                }
                site.place.iter().for_each(|&place| self.place_reads(place, &mut effect));
            }
            Op::GetPlace { place, .. } | Op::SetPlace { place, .. } | Op::UpdatePlace { place, .. } => {
                self.place_reads(place, &mut effect);
            }
            Op::Closure { function, .. } => {
                for source in &self.program.functions[function as usize].captures {
                    if let CaptureSource::Register(reg) = source {
                        effect.reads.push(*reg);
                    }
                }
            }
            Op::Enum { base, .. } => {
                if let Some(Op::PayloadCount { count }) = self.function.code.get(ip as usize + 1) {
                    effect.reads.extend(base..base + count);
                }
            }
            Op::ForNext { base, .. } => effect.writes.push(base + 2),
            Op::Struct { base, id, .. } => {
                let count = self.program.structs[id as usize].parts() as u16;
                effect.reads.extend(base..base + count);
            }
            Op::ForStart { dst, .. } => effect.writes.push(dst + 1),
            Op::Unpack { base, shape, .. } => {
                effect.writes.extend(base..base + self.function.shapes[shape as usize].parts());
            }
            // When it fails, the parts are not read.
            Op::Match { base, shape, .. } => {
                effect.writes.extend(base..=base + self.function.shapes[shape as usize].parts());
            }
            _ => {}
        }
        effect
    }

    fn place_reads(&self, place: u16, effect: &mut Effect) {
        let place = &self.function.places[place as usize];
        if let Root::Register(reg) | Root::Cell(reg) = place.root {
            effect.reads.push(reg);
        }
        for step in &place.steps {
            if let Step::Index(reg) = step {
                effect.reads.push(*reg);
            }
        }
    }
}

/// Whether control never goes on behind the instruction.
fn ends_block(op: &Op) -> bool {
    matches!(
        op,
        Op::Jump { .. }
            | Op::Loop { .. }
            | Op::Return { .. }
            | Op::LeaveSelf { .. }
            | Op::Finish { .. }
            | Op::Throw { .. }
            | Op::ThrowTry { .. }
            | Op::NoMatch { .. }
            | Op::Fail { .. }
    )
}

/// Whether a frame can stand here for long, so that what is live before the instruction is worth keeping: where fuel runs
/// out, behind calls and awaits, and at edits.
fn is_kept(code: &[Op], ip: u32) -> bool {
    let waits = |op: &Op| {
        matches!(
            op,
            Op::Loop { .. }
                | Op::Call { .. }
                | Op::CallValue { .. }
                | Op::CallNative { .. }
                | Op::CallWith { .. }
                | Op::CallMethod { .. }
                | Op::Spawn { .. }
                | Op::OpenScope { .. }
                | Op::CloseScope { .. }
                | Op::Await { .. }
                | Op::ForNext { .. }
                | Op::Yield { .. }
                | Op::SetPlace { .. }
                | Op::UpdatePlace { .. }
                | Op::SetIndex { .. }
                | Op::SetField { .. }
                | Op::Add { .. }
        )
    };
    let guard = |op: &Op| matches!(op, Op::PlaceGuard { .. });
    let before = ip.checked_sub(1).map(|before| &code[before as usize]);
    waits(&code[ip as usize]) || before.is_some_and(|op| waits(op) || guard(op))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::{FunctionId, Handler};

    #[test]
    fn who_waits_at_the_end_of_a_try_keeps_what_its_handler_reads() {
        let code = vec![
            Op::Int { dst: 0, value: 7 },
            Op::Await { src: 1, inline: false },
            Op::Jump { target: 4 },
            Op::Return { src: 0 },
            Op::Null { dst: 1 },
            Op::Return { src: 1 },
        ];
        let handlers = vec![Handler { start: 0, end: 2, target: 3, error: 2 }];
        let function = Function { registers: 3, code, handlers, ..Function::default() };
        let mut program = Program { functions: vec![function], ..Program::default() };
        analyse(&mut program, 0);
        assert_eq!(program.function(FunctionId(0)).live_at(2), Some(&[0][..]));
    }
}
