#pragma once
#include "store/store.hpp"

namespace minben::payments {

using store::Query;

inline constexpr Query insert_payment{
    "payment_insert",
    "insert into payments.payments (case_id, id, person_id, agency_id, reason, title_zh, title_en,"
    " amount_twd, due, number, status, channel, created_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', 'none', $11)"
    " on conflict (case_id, reason) do nothing returning id"};
inline constexpr Query next_number{"payment_next_number",
                                   "select nextval('payments.slip_number') as number"};
inline constexpr Query find_payment{
    "payment_find", "select * from payments.payments where case_id = $1 and id = $2"};
inline constexpr Query find_payment_by_id{"payment_find_by_id",
                                          "select * from payments.payments where id = $1"};
inline constexpr Query find_by_reason{
    "payment_find_by_reason", "select * from payments.payments where case_id = $1 and reason = $2"};
inline constexpr Query lock_payment{"payment_lock",
                                    "select * from payments.payments where id = $1 for update"};
inline constexpr Query lock_by_number{
    "payment_lock_by_number", "select * from payments.payments where number = $1 for update"};
inline constexpr Query find_of_case{
    "payment_find_of_case",
    "select * from payments.payments where case_id = $1 order by created_at, id"};
inline constexpr Query set_status{"payment_set_status",
                                  "update payments.payments set status = $3, channel = $4, paid_at "
                                  "= $5 where case_id = $1 and id = $2"};
inline constexpr Query set_checkout{
    "payment_set_checkout",
    "update payments.payments set checkout_at = coalesce(checkout_at, $3)"
    " where case_id = $1 and id = $2"};
inline constexpr Query set_last_event{
    "payment_set_last_event",
    "update payments.payments set last_event = $3 where case_id = $1 and id = $2"};
inline constexpr Query insert_history{
    "payment_insert_history",
    "insert into payments.history (case_id, payment_id, number, status, cause, at, entry_id, "
    "content)"
    " select $1::uuid, $2::uuid, count(*) + 1, $3::text, $4::text, $5::timestamptz, $6::uuid, "
    "$7::jsonb"
    " from payments.history where case_id = $1::uuid and payment_id = $2::uuid"};
inline constexpr Query find_history{
    "payment_find_history",
    "select * from payments.history where case_id = $1 and payment_id = $2 order by number"};
inline constexpr Query insert_receipt{
    "payment_insert_receipt",
    "insert into payments.receipts"
    " (case_id, payment_id, channel, reference, amount_twd, paid_at, booked_at, applied)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (case_id, payment_id, channel, reference)"
    " do nothing returning applied"};
inline constexpr Query find_receipt{
    "payment_find_receipt",
    "select applied from payments.receipts"
    " where case_id = $1 and payment_id = $2 and channel = $3 and reference = $4"};
inline constexpr Query find_event{"payment_find_event",
                                  "select digest, answer from payments.events where case_id = $1 "
                                  "and payment_id = $2 and event = $3"};
inline constexpr Query insert_event{
    "payment_insert_event",
    "insert into payments.events (case_id, payment_id, event, digest, answer, at)"
    " values ($1, $2, $3, $4, $5, $6)"};

}  // namespace minben::payments
