//! What tests that try many texts draw their parts by: the same on every run.

/// Numbers below what is asked for, by Knuth's linear congruential generator (MMIX).
pub(super) fn dice(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |most| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    }
}
