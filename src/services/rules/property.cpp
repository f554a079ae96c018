// `.name`: entries of contexts and the parts of dates, times, durations and ranges (§10.3.2.6,
// table 65).
#include <fmt/format.h>

#include "nodes.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
std::optional<Value> date_part(CalendarDate date, std::string_view name) {
  if (name == "year") return Value::number(date.year);
  if (name == "month") return Value::number(date.month);
  if (name == "day") return Value::number(date.day);
  if (name == "weekday") return Value::number(weekday(date));
  return std::nullopt;
}

std::optional<Value> time_part(const ClockTime& time, std::optional<std::int32_t> offset,
                               std::string_view name) {
  if (name == "hour") return Value::number(time.second / 3600);
  if (name == "minute") return Value::number(time.second / 60 % 60);
  if (name == "second") return Value::number(time.second % 60);
  if (name == "time offset") return offset ? Value(TimeDuration{*offset, 0}) : Value();
  if (name == "timezone")
    return time.zone.name > Zone::fixed ? Value(zone_name(time.zone)) : Value();
  return std::nullopt;
}

std::optional<Value> duration_part(const TimeDuration& duration, std::string_view name) {
  const auto total =
      static_cast<std::int64_t>(nanos_of(duration) / nanos_a_second);  // towards zero
  if (name == "days") return Value::number(total / seconds_a_day);
  if (name == "hours") return Value::number(total % seconds_a_day / 3600);
  if (name == "minutes") return Value::number(total % 3600 / 60);
  if (name == "seconds") return Value::number(total % 60);
  return std::nullopt;
}
std::optional<Value> months_part(MonthsDuration duration, std::string_view name) {
  if (name == "years") return Value::number(duration.months / 12);
  if (name == "months") return Value::number(duration.months % 12);
  return std::nullopt;
}
std::optional<Value> range_part(const Range& range, std::string_view name) {
  if (name == "start") return range.low;
  if (name == "end") return range.high;
  if (name == "start included") return Value(range.low_included);
  if (name == "end included") return Value(range.high_included);
  return std::nullopt;
}

std::optional<Value> part(const Value& value, std::string_view name) {
  if (const auto* date = value.date()) return date_part(*date, name);
  if (const auto* time = value.time()) return time_part(*time, offset_of(*time), name);
  if (const auto* months = value.months()) return months_part(*months, name);
  if (const auto* duration = value.duration()) return duration_part(*duration, name);
  if (const auto* range = value.range()) return range_part(*range, name);
  if (const auto* moment = value.date_time()) {
    const auto of_date = date_part(moment->date, name);
    return of_date ? of_date : time_part(moment->time, offset_of(*moment), name);
  }
  return std::nullopt;
}
}  // namespace

Value property(Machine& machine, const Value& value, const std::string& name) {
  if (const Context* context = value.context()) {
    const Value* entry = context->find(name);
    return entry ? *entry : machine.null(fmt::format("a context has no entry '{}'", name));
  }
  if (const List* list = value.list()) {
    List parts;
    for (const Value& item : *list) {
      if (!machine.step() || !machine.allow(1)) return {};
      parts.push_back(property(machine, item, name));
    }
    return parts;
  }
  if (value.is_null()) return {};
  if (auto found = part(value, name)) return std::move(*found);
  return machine.null(fmt::format("a {} has no '{}'", name_of(value.kind()), name));
}

}  // namespace minben::rules
