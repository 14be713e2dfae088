//! Hand-assembled programs for what scripts reach only by detours.
