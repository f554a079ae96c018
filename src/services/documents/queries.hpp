#pragma once
#include "store/store.hpp"

namespace minben::documents {

using store::Query;

inline constexpr Query insert_document{
    "document_insert",
    "insert into documents.documents (person_id, id, case_id, purpose, origin, type, bytes, pieces,"
    " pages, width, height, file_name, digest, found_by, created_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"};
inline constexpr Query insert_piece{"document_insert_piece",
                                    "insert into documents.pieces (person_id, document_id, number, "
                                    "content) values ($1, $2, $3, $4)"};
inline constexpr Query find_document{
    "document_find", "select * from documents.documents where person_id = $1 and id = $2"};
inline constexpr Query lock_document{
    "document_lock",
    "select case_id from documents.documents where person_id = $1 and id = $2 for update"};
inline constexpr Query find_of_case{"document_find_of_case",
                                    "select * from documents.documents where person_id = $1 and "
                                    "case_id = $2 order by created_at, id"};
inline constexpr Query find_same{
    "document_find_same",
    "select id from documents.documents"
    " where person_id = $1 and found_by = $2 and case_id is null and origin = 'uploaded' limit 1"};
inline constexpr Query count_unattached{
    "document_count_unattached",
    "select count(*) as count from documents.documents where person_id = $1 and case_id is null"};
inline constexpr Query find_pieces{
    "document_find_pieces",
    "select number, content from documents.pieces where person_id = $1 and document_id = $2"
    " order by number"};
inline constexpr Query attach_document{
    "document_attach",
    "update documents.documents set case_id = $3 where person_id = $1 and id = $2"};
inline constexpr Query delete_document{
    "document_delete", "delete from documents.documents where person_id = $1 and id = $2"};
inline constexpr Query delete_unattached{
    "document_delete_unattached",
    "delete from documents.documents where case_id is null and created_at < $1"};

}  // namespace minben::documents
