//! The results of functions written in Ruff, whose declarations do not say them: a type there would be checked with each call.
//!
//! Owns: the types, as declarations of natives write them. `func*` and `async func` say theirs themselves.

/// Names of functions by what they give.
const RESULTS: &[(&str, &str)] = &[
    (
        "any",
        "apply choose db_pool_with db_transaction env_bool env_float env_int find json_body max_by min_by \
            next reduce shared_update trace unwrap unwrap_or with_lock with_permit with_timeout",
    ),
    (
        "array",
        "collect multipart_body partition queue_to_array read_lines set_to_array shuffle sort sort_by \
            sorted stack_to_array stack_trace to_array",
    ),
    ("array|dict", "update_at"),
    ("array|iterator", "filter flat_map lines map skip_while take_while unique"),
    ("bool", "all any changed confirm is_empty jwt_verify queue_is_empty stack_is_empty"),
    ("buildcache", "build_cache"),
    (
        "dict",
        "count_by deferred execute_status form_body group_by index_by jwt_decode load_env_file \
            map_keys map_values parse parse_or_exit run_process spawn_process",
    ),
    ("error", "assert_throws"),
    ("float", "elapsed"),
    ("function", "memoize"),
    ("httpresponse", "file_response stream_response"),
    ("httpserver", "http_listen http_server start"),
    ("int", "count get_task_pool_size set_task_pool_size"),
    ("int|null", "find_index"),
    ("iterator", "chunks combinations db_rows error_lines file_lines iter permutations"),
    ("never", "skip_test todo"),
    (
        "null",
        "each finish listen log_debug log_error log_info log_warn on_signal save set_message \
            tick",
    ),
    ("num", "sum_by"),
    (
        "promise",
        "after async_execute async_read_files async_spawn_process async_write_files every par_each \
            par_map parallel_map spawn_task ssg_read_render_and_write_pages ssg_render_and_write_pages",
    ),
    ("result", "attempt"),
    ("rng", "rng"),
    ("spinner", "spinner"),
    (
        "string",
        "env_required execute expand_home hash_file md5_file now_utc path_absolute \
            regex_replace regex_replace_all replace replace_str script_dir sha256_file style uuid_v7",
    ),
    ("string|null", "env env_or read_password"),
    ("template", "add_filter add_global"),
    ("true", "assert_snapshot write_lines"),
];

/// What a function of the prelude gives, ` -> ` before it; empty if it is not known.
pub(super) fn of(name: &str) -> String {
    let gives = |(_, names): &&(&str, &str)| names.split_whitespace().any(|known| known == name);
    RESULTS.iter().find(gives).map_or(String::new(), |(result, _)| format!(" -> {result}"))
}

#[cfg(test)]
/// All names of the table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    RESULTS.iter().flat_map(|(_, names)| names.split_whitespace())
}
