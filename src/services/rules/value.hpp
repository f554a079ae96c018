#pragma once
// The values of FEEL (DMN 1.5 §10.3.2): immutable and cheap to copy; big ones are shared.
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/decimal.hpp"
#include "core/json.hpp"
#include "core/time.hpp"

namespace minben::rules {

/// A day of the proleptic Gregorian calendar; FEEL's years go to ±999,999,999.
struct CalendarDate {
  std::int32_t year = 1970;
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  friend auto operator<=>(const CalendarDate&, const CalendarDate&) = default;
};

/// None (local time), a fixed offset, or a zone of the IANA database.
struct Zone {
  static constexpr std::uint32_t none = 0, fixed = 1;  ///< larger: number of an interned name
  std::uint32_t name = none;
  std::int32_t offset_s = 0;  ///< seconds east of UTC, for `fixed`
  friend bool operator==(const Zone&, const Zone&) = default;
};

/// A time of day, with or without a zone.
struct ClockTime {
  std::uint32_t second = 0;  ///< of the day, 0..86399
  std::uint32_t nano = 0;    ///< 0..999,999,999
  Zone zone;
};

struct DateTime {
  CalendarDate date;
  ClockTime time;
};

/// FEEL "years and months duration".
struct MonthsDuration {
  std::int64_t months = 0;
  friend auto operator<=>(const MonthsDuration&, const MonthsDuration&) = default;
};

/// FEEL "days and time duration": seconds + nano·10⁻⁹, nano in 0..999,999,999 also when negative.
struct TimeDuration {
  std::int64_t seconds = 0;
  std::int32_t nano = 0;
  friend auto operator<=>(const TimeDuration&, const TimeDuration&) = default;
};

class Value;
class Function;  ///< built-in, user-defined, business knowledge model or decision service
using List = std::vector<Value>;

/// Named values in the order they were set. Names are compared byte by byte.
class Context {
 public:
  struct Entry;
  Context();
  Context(std::initializer_list<Entry> entries);
  Context(const Context&);
  Context(Context&&) noexcept;
  Context& operator=(const Context&);
  Context& operator=(Context&&) noexcept;
  ~Context();

  void set(std::string_view name, Value value);                  ///< replaces a value of that name
  [[nodiscard]] const Value* find(std::string_view name) const;  ///< nullptr when missing
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

struct Range;

enum class ValueKind : std::uint8_t {
  null,
  boolean,
  number,
  string,
  date,
  time,
  date_time,
  months_duration,
  time_duration,
  list,
  context,
  range,
  function,
};
/// As FEEL writes it: "years and months duration", "list" …
std::string_view name_of(ValueKind kind);

class Value {
 public:
  using Text = std::shared_ptr<const std::string>;

  Value() = default;  ///< null
  Value(bool value) : held_(value) {}
  Value(Decimal value) : held_(value) {}
  Value(std::string value) : held_(std::make_shared<const std::string>(std::move(value))) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(CalendarDate value) : held_(value) {}
  Value(ClockTime value) : held_(value) {}
  Value(DateTime value) : held_(std::make_shared<const DateTime>(value)) {}
  Value(MonthsDuration value) : held_(value) {}
  Value(TimeDuration value) : held_(value) {}
  Value(List value);
  Value(Context value);
  Value(Range value);
  Value(std::shared_ptr<const Function> value) : held_(std::move(value)) {}
  /// Whole numbers and dates of `core` come in by name, so that nothing converts by accident.
  static Value number(std::int64_t value) { return Decimal::from(value); }
  static Value date(Date value);

  [[nodiscard]] ValueKind kind() const { return static_cast<ValueKind>(held_.index()); }
  [[nodiscard]] bool is_null() const { return held_.index() == 0; }
  [[nodiscard]] bool is_true() const { return holds(true); }
  [[nodiscard]] bool is_false() const { return holds(false); }

  // nullptr when the value is of another kind.
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&held_); }
  [[nodiscard]] const Decimal* number() const { return std::get_if<Decimal>(&held_); }
  [[nodiscard]] const std::string* string() const { return shared<std::string>(); }
  [[nodiscard]] const CalendarDate* date() const { return std::get_if<CalendarDate>(&held_); }
  [[nodiscard]] const ClockTime* time() const { return std::get_if<ClockTime>(&held_); }
  [[nodiscard]] const DateTime* date_time() const { return shared<DateTime>(); }
  [[nodiscard]] const MonthsDuration* months() const { return std::get_if<MonthsDuration>(&held_); }
  [[nodiscard]] const TimeDuration* duration() const { return std::get_if<TimeDuration>(&held_); }
  [[nodiscard]] const List* list() const { return shared<List>(); }
  [[nodiscard]] const Context* context() const { return shared<Context>(); }
  [[nodiscard]] const Range* range() const { return shared<Range>(); }
  [[nodiscard]] const Function* function() const { return shared<Function>(); }
  [[nodiscard]] std::shared_ptr<const Function> shared_function() const;

  /// The text of a string value, or `otherwise`.
  [[nodiscard]] std::string string_or(std::string_view otherwise) const;

 private:
  template <class T>
  [[nodiscard]] const T* shared() const {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&held_);
    return pointer ? pointer->get() : nullptr;
  }
  [[nodiscard]] bool holds(bool value) const {
    const bool* held = boolean();
    return held && *held == value;
  }

  std::variant<std::monostate, bool, Decimal, Text, CalendarDate, ClockTime,
               std::shared_ptr<const DateTime>, MonthsDuration, TimeDuration,
               std::shared_ptr<const List>, std::shared_ptr<const Context>,
               std::shared_ptr<const Range>, std::shared_ptr<const Function>>
      held_;
};

struct Context::Entry {
  std::string name;
  Value value;
};

/// An interval; a missing end (null) is unbounded, as in `> 5`. `= 5` and `!= 5` are ranges too
/// (§10.3.2.7), with the value as both ends.
struct Range {
  enum class Form : std::uint8_t { interval, equal, not_equal };
  Value low, high;
  bool low_included = false, high_included = false;
  Form form = Form::interval;
};

/// JSON null, booleans, strings, numbers (as decimal128), arrays and objects; nothing else.
Value from_json(const Json& json);
/// The context of a JSON object; other JSON gives an empty one.
Context context_from_json(const Json& json);
/// Dates, times and durations become their ISO 8601 strings, ranges and functions their FEEL text;
/// numbers that are whole and within ±2^53 become JSON integers, others doubles.
Json to_json(const Value& value);
/// As FEEL's string(): numbers plain, strings without quotes, null as "null".
std::string to_text(const Value& value);
/// FEEL equality (§10.3.2.2) with null and mixed kinds simply unequal. For tests and tools.
bool same(const Value& a, const Value& b);

}  // namespace minben::rules
