#pragma once
// The two versions of the form, before what was kept comes in.
#include "national.hpp"

namespace minben::interchange {

/// Reads fields of a JSON object and collects faults.
class NationalFields {
 public:
  NationalFields(const JsonObject& object, std::string pointer, Errors& faults)
      : object_(object), pointer_(std::move(pointer)), faults_(faults) {}

  /// "" when missing or null; numbers are texts here, as senders mix them.
  std::string text(std::string_view name) const;
  std::string address(std::string_view name) const;
  std::optional<Instant> time(std::string_view name) const;
  std::optional<Date> date(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;  ///< a list, or one text
  [[nodiscard]] const Json* find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  void fault(std::string_view code, std::string_view name, std::string detail) const;

 private:
  const JsonObject& object_;
  std::string pointer_;
  Errors& faults_;
};

catalogue::Dataset read_v1(const JsonObject& object, catalogue::Publisher& publisher,
                           Errors& faults);
catalogue::Dataset read_v2(const JsonObject& object, catalogue::Publisher& publisher,
                           Errors& faults);
JsonObject write_v1(const catalogue::Dataset& dataset, const catalogue::Publisher& publisher);
JsonObject write_v2(const catalogue::Dataset& dataset, const catalogue::Publisher& publisher,
                    const NationalSystem& system);

}  // namespace minben::interchange
