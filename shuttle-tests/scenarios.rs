//! Scripts whose result no schedule may change, and one whose result is a race.

/// A script with what it gives: a number, or the kind of error that ends it.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) result: Result<i64, &'static str>,
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    // 20 contexts, main among them: awaits, channels, a cancellation, timeouts either way and a scope.
    Scenario {
        name: "everything",
        text: r#"
            jobs := channel(2)
            results := channel()
            async func worker() {
                for job in jobs { send(results, job * job) }
                return 1
            }
            async func feed(from) {
                for i in range(from, from + 3) { send(jobs, i) }
                return 10
            }
            async func nested(depth) {
                if depth == 0 { yield_now(); return 1 }
                below := nested(depth - 1)
                return 1 + await below
            }
            async func stuck() {
                try { receive(channel()) } except e { shared_add_int("ended", 1, 0); throw e }
            }
            async func late(ms) { await sleep(ms); return 100 }

            workers := [worker(), worker(), worker()]
            feeders := [feed(1), feed(4)]
            chain := nested(3)
            hung := [stuck(), stuck()]
            slow := late(50)
            quick := late(1)
            total := 0
            async_scope {
                for i in range(6) { late(i) }
            }
            for part in await promise_all(feeders) { total += part }
            close(jobs)
            for part in await promise_all(workers) { total += part }
            sum := 0
            for i in range(6) { sum += receive(results) }
            cancel(hung[0])
            try { await hung[0] } except e { total += 1000 }
            try { await async_timeout(hung[1], 5) } except e { total += 1000 }
            cancel(hung[1])
            first := await promise_race([slow, quick])
            await promise_settled([hung[1], slow, quick])
            return total + sum + first + await chain
        "#,
        result: Ok(20 + 3 + 91 + 2000 + 100 + 4),
    },
    // The end comes while others run, wait and are being created.
    Scenario {
        name: "an error ends the rest",
        text: r#"
            async func busy(n) { for i in range(n) { yield_now() } return n }
            async func waits() { receive(channel()) }
            others := [busy(3), busy(3), waits(), waits(), busy(2)]
            await busy(2)
            throw "enough"
        "#,
        result: Err("Thrown"),
    },
    // Nobody can go on, which the overseer must see whoever falls asleep last.
    Scenario {
        name: "a deadlock is broken up",
        text: r#"
            a := channel()
            b := channel()
            async func pass(from, to) { send(to, receive(from)) }
            ring := [pass(a, b), pass(b, a)]
            await promise_all(ring)
        "#,
        result: Err("DeadlockError"),
    },
];

/// Two contexts read, then write: some schedule loses an update.
pub(crate) const RACY: Scenario = Scenario {
    name: "read, then write",
    text: r#"
        shared_set("count", 0)
        async func add() { shared_set("count", shared_get("count") + 1) }
        await promise_all([add(), add()])
        return shared_get("count")
    "#,
    result: Ok(2),
};
