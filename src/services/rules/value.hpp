#pragma once
// The values of FEEL (DMN 1.5 §10.3.2): immutable and cheap to copy; big ones are shared.
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
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

enum class ValueKind : std::uint32_t {
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

/// Small values stand in it, others are shared. Copying, moving and ending one are the steps every
/// evaluation is made of, so they look at nothing but whether there is something shared.
class Value {
 public:
  Value() noexcept {}  ///< null
  Value(bool value) : Value(ValueKind::boolean, value) {}
  Value(Decimal value) : Value(ValueKind::number, value) {}
  Value(std::string value)
      : Value(ValueKind::string, Shared(std::make_shared<const std::string>(std::move(value)))) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(CalendarDate value) : Value(ValueKind::date, value) {}
  Value(ClockTime value) : Value(ValueKind::time, value) {}
  Value(DateTime value)
      : Value(ValueKind::date_time, Shared(std::make_shared<const DateTime>(value))) {}
  Value(MonthsDuration value) : Value(ValueKind::months_duration, value) {}
  Value(TimeDuration value) : Value(ValueKind::time_duration, value) {}
  Value(List value);
  Value(Context value);
  Value(Range value);
  Value(std::shared_ptr<const Function> value)
      : Value(ValueKind::function, Shared(std::move(value))) {}
  /// Whole numbers and dates of `core` come in by name, so that nothing converts by accident.
  static Value number(std::int64_t value) { return Decimal::from(value); }
  static Value date(Date value);

  Value(const Value& other) : kind_(other.kind_) {
    if (is_shared(kind_)) new (held_) Shared(other.as<Shared>());
    else copy_words(other);
  }
  Value(Value&& other) noexcept { take(other.kind_, other); }
  Value& operator=(const Value& other) {
    if (this != &other) *this = Value(other);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    if (this == &other) return *this;
    if (is_shared(kind_)) return replace(other);
    take(other.kind_, other);
    return *this;
  }
  ~Value() {
    if (is_shared(kind_)) as<Shared>().~Shared();
  }

  [[nodiscard]] ValueKind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == ValueKind::null; }
  [[nodiscard]] bool is_true() const { return holds(true); }
  [[nodiscard]] bool is_false() const { return holds(false); }

  // nullptr when the value is of another kind.
  [[nodiscard]] const bool* boolean() const { return small<bool>(ValueKind::boolean); }
  [[nodiscard]] const Decimal* number() const { return small<Decimal>(ValueKind::number); }
  [[nodiscard]] const std::string* string() const { return shared<std::string>(ValueKind::string); }
  [[nodiscard]] const CalendarDate* date() const { return small<CalendarDate>(ValueKind::date); }
  [[nodiscard]] const ClockTime* time() const { return small<ClockTime>(ValueKind::time); }
  [[nodiscard]] const DateTime* date_time() const { return shared<DateTime>(ValueKind::date_time); }
  [[nodiscard]] const MonthsDuration* months() const {
    return small<MonthsDuration>(ValueKind::months_duration);
  }
  [[nodiscard]] const TimeDuration* duration() const {
    return small<TimeDuration>(ValueKind::time_duration);
  }
  [[nodiscard]] const List* list() const { return shared<List>(ValueKind::list); }
  [[nodiscard]] const Context* context() const { return shared<Context>(ValueKind::context); }
  [[nodiscard]] const Range* range() const { return shared<Range>(ValueKind::range); }
  [[nodiscard]] const Function* function() const { return shared<Function>(ValueKind::function); }
  [[nodiscard]] std::shared_ptr<const Function> shared_function() const;

  /// The text of a string value, or `otherwise`.
  [[nodiscard]] std::string string_or(std::string_view otherwise) const;

 private:
  using Shared = std::shared_ptr<const void>;

  template <class T>
  Value(ValueKind kind, T value) : kind_(kind) {
    static_assert(sizeof(T) <= sizeof held_ && alignof(T) <= alignof(Shared));
    if constexpr (std::is_same_v<T, Shared>) {
      new (held_) Shared(std::move(value));
    } else {
      static_assert(std::is_trivially_copyable_v<T>);
      std::uint64_t words[2] = {};
      std::memcpy(words, &value, sizeof value);
      write_words(words[0], words[1]);
    }
  }
  static bool is_shared(ValueKind kind) {
    constexpr unsigned kinds = 1U << int(ValueKind::string) | 1U << int(ValueKind::date_time) |
                               1U << int(ValueKind::list) | 1U << int(ValueKind::context) |
                               1U << int(ValueKind::range) | 1U << int(ValueKind::function);
    return (kinds >> int(kind) & 1U) != 0;
  }
  /// What `other` held, of that kind; what is shared leaves it null. This one holds nothing yet.
  void take(ValueKind kind, Value& other) noexcept {
    kind_ = kind;
    if (is_shared(kind)) {
      new (held_) Shared(std::move(other.as<Shared>()));
      other.as<Shared>().~Shared();
      other.kind_ = ValueKind::null;
    } else {
      copy_words(other);
    }
  }
  /// Moves `other` here, which what ends may own: the list its item in `list = list[1]`.
  Value& replace(Value& other) noexcept {
    const Shared end = std::move(as<Shared>());
    as<Shared>().~Shared();
    take(other.kind_, other);
    return *this;
  }
  // Word by word, also where the compiler would take both at once: a processor waits for a wide
  // load after narrow stores, and values are often moved as soon as they are made.
  void write_words(std::uint64_t low, std::uint64_t high) noexcept {
    asm("" : "+r"(low), "+r"(high));
    std::memcpy(held_, &low, sizeof low);
    std::memcpy(held_ + sizeof low, &high, sizeof high);
  }
  void copy_words(const Value& other) noexcept {
    std::uint64_t low = 0, high = 0;
    std::memcpy(&low, other.held_, sizeof low);
    std::memcpy(&high, other.held_ + sizeof low, sizeof high);
    write_words(low, high);
  }
  template <class T>
  [[nodiscard]] const T& as() const {
    return *std::launder(reinterpret_cast<const T*>(held_));
  }
  template <class T>
  [[nodiscard]] T& as() {
    return *std::launder(reinterpret_cast<T*>(held_));
  }
  template <class T>
  [[nodiscard]] const T* small(ValueKind kind) const {
    return kind_ == kind ? &as<T>() : nullptr;
  }
  template <class T>
  [[nodiscard]] const T* shared(ValueKind kind) const {
    return kind_ == kind ? static_cast<const T*>(as<Shared>().get()) : nullptr;
  }
  [[nodiscard]] bool holds(bool value) const {
    const bool* held = boolean();
    return held && *held == value;
  }

  alignas(Shared) unsigned char held_[16];
  ValueKind kind_ = ValueKind::null;
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
