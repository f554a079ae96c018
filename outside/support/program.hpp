#pragma once

namespace outside {

/// SIGINT and SIGTERM are blocked in this thread and all that it starts: call first in main.
void block_end_signals();
/// Returns when one of them arrives.
void wait_for_end();

}  // namespace outside
