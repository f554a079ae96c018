#pragma once
// What a register knows: records by service and key, and what was written to it.
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "support/journal.hpp"

namespace outside::registers {

enum class Stored { created, replaced, unchanged };

/// Records come from a file of JSON lines {"service", "key", "value"}, written by others and never
/// by this program. One record may be found by more keys, {"keys": […]} instead of "key": the first
/// is its name, and whoever asks or changes by any of them gets or changes that one. What is
/// written here is in a journal of its own and stands above the file. Thread-safe; a write that
/// returned success survives SIGKILL.
class Book {
 public:
  static Result<std::unique_ptr<Book>> open(const std::filesystem::path& records,
                                            const std::filesystem::path& journal);

  [[nodiscard]] bool has_service(std::string_view service) const;
  /// not_found "unknown_key".
  Result<Json> find(const std::string& service, const std::string& key) const;
  /// Idempotent: the same value again changes nothing.
  Result<Stored> put(const std::string& service, const std::string& key, const Json& value);
  /// Changes some fields of a record, which it returns. What `event` makes of it (from the record
  /// before and after, and its first key; null: nothing) is on the disk together with the change,
  /// and waits until it is done(); each is an object with an "id". Without a change there is no
  /// event. not_found "unknown_key".
  using MakeEvent =
      std::function<Json(const std::string& key, const Json& before, const Json& after)>;
  Result<Json> change(const std::string& service, const std::string& key, const JsonObject& fields,
                      const MakeEvent& event);
  [[nodiscard]] std::optional<Json> first_event() const;  ///< that waits
  Result<void> done(const std::string& event_id);
  [[nodiscard]] std::size_t events_waiting() const;
  /// The first ones of the records of a service.
  [[nodiscard]] std::vector<std::string> keys(std::string_view service) const;
  /// Appends an outcome. The same idempotency key gives the same number again; with another value:
  /// conflict "other_outcome". Numbers begin at 1 in each service.
  Result<std::int64_t> post(const std::string& service, const std::string& idempotency_key,
                            const Json& value);

  /// Names and JSON types of the fields of each service's records, for the OpenAPI description.
  [[nodiscard]] std::map<std::string, std::map<std::string, std::string>> shapes() const;
  /// How many records and outcomes each service has.
  [[nodiscard]] JsonObject counts() const;

 private:
  struct Service {
    std::map<std::string, Json> records;          ///< by their first keys
    std::map<std::string, std::string> others{};  ///< the first key, by each other one
    [[nodiscard]] const std::string& first(const std::string& key) const;
    std::map<std::string, std::string> shape;
    std::map<std::string, std::pair<std::int64_t, Json>> outcomes;  ///< by idempotency key
  };
  Book() = default;
  Result<void> load(const Json& line);
  Result<void> replay(const Json& line);
  static void learn_shape(Service& service, const Json& value);

  mutable std::mutex mutex_;
  std::map<std::string, Service, std::less<>> services_;
  std::deque<Json> events_;  ///< in the order of the changes
  std::unique_ptr<Journal> journal_;
};

}  // namespace outside::registers
