#pragma once
// What of an answer may leave: by fields, without building the answer up in memory.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "fields.hpp"

namespace minben::exchange {

struct Minimised {
  std::string body;
  std::vector<std::string> fields;  ///< that are left, each once, sorted
};

/// Keeps these fields (fields.hpp) of a JSON object, or of each object of an array. Kept values are
/// the register's own bytes; around them blanks go. A member on the way to a field is kept with
/// what is left in it, also nothing ("address":{}); one that has not the shape its path says, and
/// such an element, goes.
///
/// The whole body is read as RFC 8259 wants it, also what goes. Anything else than an object or a
/// list of objects, a name that comes twice in an object (also spelt with escapes), nesting deeper
/// than 64, numbers of more than 64 characters or beyond 1e308, text that is not UTF-8 and lone
/// surrogates: unavailable "answer_not_minimisable". An empty body stays empty. How long a body may
/// be is for the caller to say; time is in proportion to it.
Result<Minimised> minimise(std::string_view body, const FieldTree& fields);
Result<Minimised> minimise(std::string_view body, std::span<const std::string> fields);

}  // namespace minben::exchange
