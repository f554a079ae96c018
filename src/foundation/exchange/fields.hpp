#pragma once
// Which parts of an answer a rule or a consent speaks of.
//
// A field is a path of member names with "/" between them: "name", "address/city". "*" stands for
// each element of an array: "permits/*/number". In a name "~1" is "/" and "~0" is "~" (RFC 6901
// §3). Naming a member names all that it holds.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::exchange {

/// Error "bad_field": empty, a part empty, "*" first, more than 16 parts or 256 bytes, not UTF-8,
/// or a "~" that is none of the two.
Result<void> check_field(std::string_view path);

/// Whether `narrow` is `wide` or lies in it.
bool covers(std::string_view wide, std::string_view narrow);

/// What lies in both lists, each once, in the order of `asked`.
std::vector<std::string> in_both(std::span<const std::string> allowed,
                                 std::span<const std::string> asked);

/// Fields by the way to them, made once and then only read.
class FieldTree {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Node {
    std::vector<std::pair<std::string, std::uint32_t>> members;  ///< by name
    std::uint32_t element = none;                                ///< "*"
    std::uint32_t field = none;  ///< number of the field that ends here: all below is meant

    /// The node of that member, or none.
    [[nodiscard]] std::uint32_t member(std::string_view name) const;
  };

  /// Paths that check_field() refuses name nothing.
  explicit FieldTree(std::span<const std::string> fields);

  [[nodiscard]] const Node& root() const { return nodes_.front(); }
  [[nodiscard]] const Node& node(std::uint32_t number) const { return nodes_[number]; }
  /// Sorted, each once; Node::field counts in it.
  [[nodiscard]] const std::vector<std::string>& fields() const { return fields_; }

 private:
  void add(std::uint32_t number);
  std::uint32_t child(std::uint32_t at, std::string_view part);

  std::vector<std::string> fields_;
  std::vector<Node> nodes_;
};

}  // namespace minben::exchange
