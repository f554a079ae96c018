#include "descriptors.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace minben::app {

namespace {
constexpr rlim_t for_others = 512;  ///< the database, files, calls to others
constexpr rlim_t least = 256;
constexpr rlim_t most = 16'384;
}  // namespace

int connections_allowed() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<int>(least);
  limit.rlim_cur = std::min(limit.rlim_max, most + for_others);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t left = limit.rlim_cur > for_others + least ? limit.rlim_cur - for_others : least;
  return static_cast<int>(std::min(left, most));
}

}  // namespace minben::app
