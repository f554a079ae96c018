#pragma once
// The JSON object that a request brings, member by member; every fault is collected.
#include <optional>
#include <set>

#include "core/core.hpp"

namespace minben::api {

class Body {
 public:
  /// An empty text is an empty object. invalid "not_json", "not_an_object".
  static Result<Body> read(std::string_view text);

  std::string text(std::string_view name, std::size_t longest = 256);  ///< required
  std::string optional_text(std::string_view name, std::size_t longest = 256);
  JsonObject object(std::string_view name);                    ///< optional: empty
  std::vector<std::string> texts(std::string_view name);       ///< optional: empty
  std::vector<std::int64_t> integers(std::string_view name);   ///< optional: empty
  std::optional<std::int64_t> integer(std::string_view name);  ///< null or missing: none
  bool flag(std::string_view name);                            ///< optional: false
  std::optional<Instant> instant(std::string_view name);       ///< null or missing: none
  void fault(std::string_view name, std::string_view code, std::string_view detail);

  /// After all members were asked for: others are faults, too.
  const Errors& faults();

 private:
  explicit Body(JsonObject object) : object_(std::move(object)) {}
  const Json* member(std::string_view name);

  JsonObject object_;
  std::set<std::string, std::less<>> asked_;
  Errors faults_;
  bool finished_ = false;
};

}  // namespace minben::api
