#pragma once
// The real boundaries, read once for all tests.
#include "geography/geography.hpp"

namespace minben::geography {

inline const Atlas& atlas() {
  static const Atlas all(std::string(MINBEN_BINARY_DIR) + "/share/boundaries");
  return all;
}

}  // namespace minben::geography
