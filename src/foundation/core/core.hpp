#pragma once
// Values without I/O. Every other room may use all of this.
#include "core/hash.hpp"
#include "core/id.hpp"
#include "core/json.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
