#pragma once
// Private: what a publisher sends, read and checked against the stream's fields. Sees no database,
// so that it can be fuzzed alone.
#include <expected>

#include "streams/streams.hpp"

namespace minben::streams {

struct ReadRecord {
  std::string key;
  std::string id;    ///< the publisher's own ("_id"); "" = none
  std::string body;  ///< as Record::body
};

/// At most twenty faults, in the order in which they stand there.
std::expected<std::vector<ReadRecord>, Errors> read_records(std::string_view body, bool lines,
                                                            const std::vector<Field>& fields,
                                                            std::string_view key,
                                                            const Limits& limits);

}  // namespace minben::streams
