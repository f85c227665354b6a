//! PCRE2 behind a safe door: the only module of the crate with `unsafe`.
//!
//! Invariants that the unsafe blocks rest on:
//! * subjects come in as `&str`, so skipping PCRE's own UTF-8 check is sound; offsets are checked to lie on characters;
//! * a [`Code`] is not changed after [`Code::compile`] returned it, so threads may share it (PCRE2 documents this);
//! * a [`Machine`] is borrowed mutably for a match, so its stack, context and offsets serve one match at a time;
//! * nothing borrowed stays behind in a context: the callout and its data are taken out after each match.
#![expect(unsafe_code, reason = "PCRE2 is a C library; this module is its audited wrapper")]

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};

use pcre2_sys as sys;

use super::Failure;
use crate::budget::Meter;

/// Steps of backtracking that one match may take: `pcre.backtrack_limit` of PHP.
const STEPS_MAX: u32 = 1_000_000;
/// Depth of nested backtracking: `pcre.recursion_limit` of PHP.
const DEPTH_MAX: u32 = 100_000;
/// Heap that the interpreter may use in one match, in KiB.
const HEAP_KIB_MAX: u32 = 16 * 1024;
/// Heap that a machine keeps after a match, in bytes.
const HEAP_KEPT_MAX: usize = 512 * 1024;
/// Stack of compiled patterns: bytes at the start, and at most (PHP allows 192 KiB).
const STACK_BYTES: Range<usize> = 32 * 1024..1024 * 1024;
/// Nesting of parentheses in a pattern: PCRE2's and PHP's default.
const NESTING_MAX: u32 = 250;
/// Steps for the question whether a pattern matches the empty string.
const EMPTY_STEPS_MAX: u32 = 20_000;
/// Units of work for one callout, measured: the call and the few matching steps before it.
const CALLOUT_UNITS: u64 = 12;
/// The same when the pattern is interpreted.
const INTERPRETED_UNITS: u64 = 40;
/// What each group adds: native code copies the offsets of all for every callout, the interpreter at every step.
const UNITS_PER_GROUP: u64 = 1;
/// Bytes of subject that one unit of work covers when a single item runs over them.
const RUN_BYTES_PER_UNIT: u64 = 2;

/// The head of PCRE2's `pcre2_callout_block`, version 0; later versions only append to it.
#[repr(C)]
struct CalloutBlock {
    version: u32,
    callout_number: u32,
    capture_top: u32,
    capture_last: u32,
    offset_vector: *mut usize,
    mark: *const u8,
    subject: *const u8,
    subject_length: usize,
    start_match: usize,
    current_position: usize,
}

type Callout = unsafe extern "C" fn(*mut CalloutBlock, *mut c_void) -> c_int;

unsafe extern "C" {
    /// Part of PCRE2's public interface that the bindings leave out.
    fn pcre2_set_callout_8(
        context: *mut sys::pcre2_match_context_8,
        callout: Option<Callout>,
        data: *mut c_void,
    ) -> c_int;
}

/// How a pattern is compiled, besides UTF and UCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Options {
    /// Letter case does not count.
    pub(super) caseless: bool,
    /// Every item reports to the meter. Slower; the only way to bound the time of a match.
    pub(super) metered: bool,
    /// Native code instead of the interpreter.
    pub(super) native: bool,
}

/// What PCRE2 said about a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompileError {
    pub(super) offset: usize,
    pub(super) message: String,
}

/// A compiled pattern.
pub(super) struct Code {
    compiled: NonNull<sys::pcre2_code_8>,
    groups: u32,
    bytes: usize,
    metered: bool,
    native: bool,
}

// SAFETY: the pattern is only read after compilation; PCRE2 documents compiled patterns as shareable between threads.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Code {
    pub(super) fn compile(pattern: &[u8], options: Options) -> Result<Self, CompileError> {
        let mut flags = sys::PCRE2_UTF | sys::PCRE2_UCP;
        if options.caseless {
            flags |= sys::PCRE2_CASELESS;
        }
        if options.metered {
            flags |= sys::PCRE2_AUTO_CALLOUT;
        }
        // The jump to the first possible start in native code of 10.45 misses matches: `helloo\b\W{2}|e` does not find an
        // `e`. Verbs such as `(*COMMIT)` let that jump be seen, so patterns that may have some are interpreted.
        let has_verbs = memchr::memmem::find(pattern, b"(*").is_some();
        let wants_native = options.native && !has_verbs;
        if wants_native {
            flags |= sys::PCRE2_NO_START_OPTIMIZE;
        }
        if !options.metered {
            flags |= sys::PCRE2_USE_OFFSET_LIMIT;
        }
        let (mut error, mut offset) = (0, 0);
        // SAFETY: the context is created, used and freed here; a null context means PCRE2's defaults, which have the
        // same limit of nesting. Pattern pointer and length belong to one slice, and PCRE2 copies what it keeps.
        let code = unsafe {
            let context = sys::pcre2_compile_context_create_8(ptr::null_mut());
            if !context.is_null() {
                sys::pcre2_set_parens_nest_limit_8(context, NESTING_MAX);
            }
            let code =
                sys::pcre2_compile_8(pattern.as_ptr(), pattern.len(), flags, &raw mut error, &raw mut offset, context);
            sys::pcre2_compile_context_free_8(context);
            code
        };
        let Some(code) = NonNull::new(code) else {
            return Err(CompileError { offset: offset.min(pattern.len()), message: message(error) });
        };
        let (mut groups, mut bytes): (u32, usize) = (0, 0);
        // SAFETY: `code` is alive and not shared yet; the count of groups is written as a u32, the size as a size_t.
        // When native code cannot be made the pattern stays usable, interpreted.
        let native = unsafe {
            sys::pcre2_pattern_info_8(code.as_ptr(), sys::PCRE2_INFO_CAPTURECOUNT, (&raw mut groups).cast());
            sys::pcre2_pattern_info_8(code.as_ptr(), sys::PCRE2_INFO_SIZE, (&raw mut bytes).cast());
            wants_native && sys::pcre2_jit_compile_8(code.as_ptr(), sys::PCRE2_JIT_COMPLETE) == 0
        };
        Ok(Self { compiled: code, groups, bytes, metered: options.metered, native })
    }

    /// Number of capturing groups.
    pub(super) fn groups(&self) -> usize {
        self.groups as usize
    }

    /// Size of what PCRE2 made of the pattern, without native code.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The numbers of the groups that have a name.
    pub(super) fn named_groups(&self) -> Vec<u32> {
        let (mut count, mut size): (u32, u32) = (0, 0);
        let mut table: *const u8 = ptr::null();
        // SAFETY: the code is alive; count and size of entries are written as u32, the table as a pointer. Entry
        // `index` of the table begins at `index * size` with two bytes of the group's number, high byte first.
        unsafe {
            let code = self.compiled.as_ptr();
            sys::pcre2_pattern_info_8(code, sys::PCRE2_INFO_NAMECOUNT, (&raw mut count).cast());
            sys::pcre2_pattern_info_8(code, sys::PCRE2_INFO_NAMEENTRYSIZE, (&raw mut size).cast());
            sys::pcre2_pattern_info_8(code, sys::PCRE2_INFO_NAMETABLE, (&raw mut table).cast());
            let entry = |index: u32| table.add(index as usize * size as usize);
            let number = |at: *const u8| u32::from(*at) << 8 | u32::from(*at.add(1));
            (0..count).map(|index| number(entry(index))).collect()
        }
    }

    /// Whether the pattern matches the empty string, if a small number of steps can tell.
    pub(super) fn matches_empty(&self, machine: &mut Machine) -> Option<bool> {
        machine.run(self, "", 0..usize::MAX, 0, EMPTY_STEPS_MAX, None).ok()
    }

    /// Looks for the first match at or after `start`; its offsets are then in the machine.
    ///
    /// # Errors
    /// [`Failure::Limit`] if a limit of PCRE2 was reached, [`Failure::Exhausted`] if the meter ran out,
    /// [`Failure::InvalidUtf8`] if `start` is inside of a character.
    pub(super) fn find(
        &self,
        subject: &str,
        start: usize,
        machine: &mut Machine,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Failure> {
        machine.run(self, subject, start..usize::MAX, 0, STEPS_MAX, self.metered.then_some(meter))
    }

    /// Looks for the first match that begins in between, both included; to the end if there is no `last`.
    ///
    /// Not for watched code.
    ///
    /// # Errors
    /// As [`Code::find`].
    pub(super) fn find_until(
        &self,
        subject: &str,
        start: usize,
        last: Option<usize>,
        machine: &mut Machine,
    ) -> Result<bool, Failure> {
        machine.run(self, subject, start..last.unwrap_or(usize::MAX), 0, STEPS_MAX, None)
    }

    /// Looks for a match at `start` that is not empty.
    ///
    /// # Errors
    /// As [`Code::find`].
    pub(super) fn find_nonempty_at(
        &self,
        subject: &str,
        start: usize,
        machine: &mut Machine,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Failure> {
        let flags = sys::PCRE2_ANCHORED | sys::PCRE2_NOTEMPTY_ATSTART;
        machine.run(self, subject, start..usize::MAX, flags, STEPS_MAX, self.metered.then_some(meter))
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: the pattern is owned and freed once.
        unsafe { sys::pcre2_code_free_8(self.compiled.as_ptr()) }
    }
}

/// Where an empty subject lies. PCRE2 computes `end - width of a character`, which an empty Rust string's address (1) would
/// let wrap around.
static NOTHING: [u8; 8] = [0; 8];

/// What a match works with: offsets, limits, stack. For one thread; reused from match to match.
pub(super) struct Machine {
    context: Option<NonNull<sys::pcre2_match_context_8>>,
    stack: Option<NonNull<sys::pcre2_jit_stack_8>>,
    offsets: Option<NonNull<sys::pcre2_match_data_8>>,
    pairs: u32,
    /// Pairs that the last successful match set.
    set: usize,
}

// SAFETY: the three objects are owned, have no thread affinity, and every use needs `&mut Machine`.
unsafe impl Send for Machine {}

impl Machine {
    pub(super) fn new() -> Self {
        Self { context: None, stack: None, offsets: None, pairs: 0, set: 0 }
    }

    /// The offsets of a group in the last successful match; 0 is the whole match.
    pub(super) fn range(&self, group: usize) -> Option<Range<usize>> {
        let offsets = self.offsets?;
        if group >= self.set.min(self.pairs as usize) {
            return None;
        }
        // SAFETY: the vector holds `pairs` pairs, `group` is below that, and a successful match has written the first
        // `set` of them.
        let (start, end) = unsafe {
            let vector = sys::pcre2_get_ovector_pointer_8(offsets.as_ptr());
            (*vector.add(2 * group), *vector.add(2 * group + 1))
        };
        (start != usize::MAX && start <= end).then_some(start..end)
    }

    /// Number of groups, the whole match included, up to the last one that is set.
    pub(super) fn set(&self) -> usize {
        self.set
    }

    /// Matches may begin at the range's start up to its end, which is included; its largest value means no bound.
    fn run(
        &mut self,
        code: &Code,
        subject: &str,
        starts: Range<usize>,
        flags: u32,
        steps_max: u32,
        meter: Option<&mut Meter<'_>>,
    ) -> Result<bool, Failure> {
        self.set = 0;
        let start = starts.start;
        // Watched code knows no bound.
        let last = if code.metered { usize::MAX } else { starts.end };
        if !subject.is_char_boundary(start) {
            return Err(Failure::InvalidUtf8);
        }
        let context = self.context(code.native).ok_or(Failure::Limit)?;
        let offsets = self.offsets(code.groups.saturating_add(1)).ok_or(Failure::Limit)?;
        let metered = meter.is_some();
        let mut unlimited = Meter::unlimited();
        let interpreted = !code.native || flags & sys::PCRE2_ANCHORED != 0;
        let item_units = if interpreted { INTERPRETED_UNITS } else { CALLOUT_UNITS };
        let item_units = item_units + u64::from(code.groups) * UNITS_PER_GROUP;
        let mut watch = Watch { meter: meter.unwrap_or(&mut unlimited), item_units, at: start, ended: false };
        let bytes = if subject.is_empty() { NOTHING.as_ptr() } else { subject.as_ptr() };
        let data = if metered { (&raw mut watch).cast() } else { ptr::null_mut() };
        // SAFETY: code, offsets and context are alive and not in use elsewhere (`&mut self`); the subject is valid
        // UTF-8 and `start` lies on a character, so NO_UTF_CHECK holds; `watch` outlives the match and its pointer is
        // taken out of the context right after it. No Rust reference to `watch` is used while PCRE2 runs.
        let rc = unsafe {
            sys::pcre2_set_match_limit_8(context.as_ptr(), steps_max);
            sys::pcre2_set_offset_limit_8(context.as_ptr(), last);
            pcre2_set_callout_8(context.as_ptr(), metered.then_some(on_callout as Callout), data);
            let rc = sys::pcre2_match_8(
                code.compiled.as_ptr(),
                bytes,
                subject.len(),
                start,
                flags | sys::PCRE2_NO_UTF_CHECK,
                offsets.as_ptr(),
                context.as_ptr(),
            );
            pcre2_set_callout_8(context.as_ptr(), None, ptr::null_mut());
            rc
        };
        let ended = watch.ended;
        self.give_back();
        match rc {
            1.. => {
                self.set = usize::try_from(rc).unwrap_or(0);
                Ok(true)
            }
            sys::PCRE2_ERROR_NOMATCH => Ok(false),
            sys::PCRE2_ERROR_CALLOUT if ended => Err(Failure::Exhausted),
            _ => Err(Failure::Limit),
        }
    }

    /// The context, with a stack if native code is to run: reserving that costs more than a short match.
    fn context(&mut self, native: bool) -> Option<NonNull<sys::pcre2_match_context_8>> {
        if self.context.is_none() {
            // SAFETY: a freshly created object of PCRE2; null is handled.
            unsafe {
                let context = NonNull::new(sys::pcre2_match_context_create_8(ptr::null_mut()))?;
                sys::pcre2_set_depth_limit_8(context.as_ptr(), DEPTH_MAX);
                sys::pcre2_set_heap_limit_8(context.as_ptr(), HEAP_KIB_MAX);
                self.context = Some(context);
            }
        }
        if let Some(context) = self.context.filter(|_| native && self.stack.is_none()) {
            // SAFETY: a freshly created object of PCRE2; null is handled; it is freed behind the context that knows it.
            unsafe {
                self.stack =
                    NonNull::new(sys::pcre2_jit_stack_create_8(STACK_BYTES.start, STACK_BYTES.end, ptr::null_mut()));
                if let Some(stack) = self.stack {
                    sys::pcre2_jit_stack_assign_8(context.as_ptr(), None, stack.as_ptr().cast());
                }
            }
        }
        self.context
    }

    fn offsets(&mut self, pairs: u32) -> Option<NonNull<sys::pcre2_match_data_8>> {
        if self.offsets.is_none() || self.pairs < pairs {
            self.drop_offsets();
            let pairs = pairs.max(16);
            // SAFETY: creates an owned object; null is handled.
            self.offsets = NonNull::new(unsafe { sys::pcre2_match_data_create_8(pairs, ptr::null_mut()) });
            self.pairs = pairs;
        }
        self.offsets
    }

    /// Frees a large heap of the interpreter rather than keeping it for ever.
    fn give_back(&mut self) {
        let Some(offsets) = self.offsets else { return };
        // SAFETY: the match data are alive.
        let heap = unsafe { sys::pcre2_get_match_data_heapframes_size_8(offsets.as_ptr()) };
        if heap > HEAP_KEPT_MAX {
            // The offsets are still needed: move them to smaller match data.
            let pairs = self.pairs;
            // SAFETY: both vectors hold `pairs` pairs and do not overlap; the old object is freed once.
            unsafe {
                let Some(fresh) = NonNull::new(sys::pcre2_match_data_create_8(pairs, ptr::null_mut())) else { return };
                ptr::copy_nonoverlapping(
                    sys::pcre2_get_ovector_pointer_8(offsets.as_ptr()),
                    sys::pcre2_get_ovector_pointer_8(fresh.as_ptr()),
                    2 * pairs as usize,
                );
                sys::pcre2_match_data_free_8(offsets.as_ptr());
                self.offsets = Some(fresh);
            }
        }
    }

    fn drop_offsets(&mut self) {
        if let Some(offsets) = self.offsets.take() {
            // SAFETY: owned, and taken out, so freed once.
            unsafe { sys::pcre2_match_data_free_8(offsets.as_ptr()) }
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.drop_offsets();
        // SAFETY: owned and freed once; the context, which knows the stack, goes first.
        unsafe {
            if let Some(context) = self.context.take() {
                sys::pcre2_match_context_free_8(context.as_ptr());
            }
            if let Some(stack) = self.stack.take() {
                sys::pcre2_jit_stack_free_8(stack.as_ptr());
            }
        }
    }
}

/// What the callout works with during one match.
struct Watch<'m, 'a> {
    meter: &'m mut Meter<'a>,
    item_units: u64,
    at: usize,
    ended: bool,
}

/// Charges one item of the pattern; ends the match when the meter is empty.
unsafe extern "C" fn on_callout(block: *mut CalloutBlock, data: *mut c_void) -> c_int {
    // SAFETY: PCRE2 passes a live block, and the data that `Machine::run` registered: a `Watch` that outlives the match
    // and that nobody else touches meanwhile.
    let (position, watch) = unsafe { ((*block).current_position, &mut *data.cast::<Watch<'_, '_>>()) };
    // An item that ran over many characters in one go is charged by their number.
    let run = position.abs_diff(watch.at) as u64;
    watch.at = position;
    let units = watch.item_units.saturating_add(run / RUN_BYTES_PER_UNIT);
    // A panic of the caller's interrupt must not unwind through C.
    let spent = catch_unwind(AssertUnwindSafe(|| watch.meter.spend(units)));
    if matches!(spent, Ok(Ok(()))) {
        0
    } else {
        watch.ended = true;
        sys::PCRE2_ERROR_CALLOUT
    }
}

fn message(error: c_int) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: pointer and length belong to the buffer; PCRE2 writes at most that much and ends it with a NUL.
    unsafe { sys::pcre2_get_error_message_8(error, buffer.as_mut_ptr(), buffer.len()) };
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    String::from_utf8_lossy(buffer.get(..end).unwrap_or_default()).into_owned()
}
