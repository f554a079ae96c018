#pragma once
// How many connections this process may have.

namespace minben::app {

/// Raises the soft limit of open files to the hard one; how many connections of clients that leaves
/// room for, at most 16,384.
int connections_allowed();

}  // namespace minben::app
