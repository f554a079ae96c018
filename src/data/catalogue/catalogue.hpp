#pragma once
// The catalogue: datasets, who publishes them, their versions, and how they are found.
#include <span>

#include "catalogue/dataset.hpp"
#include "store/store.hpp"

namespace minben::catalogue {}  // namespace minben::catalogue
