Attribute VB_Name = "LmSave"
Option Explicit
' The two ways in which a workbook is written to disk. On their own, since LibreOffice's SaveAs knows no .xlsx: the tests put
' a module in this one's place.

Private Const AS_XLSX As Long = 51

Public Sub SaveTwin(path As String)
    ' This workbook as it stands, unsaved changes and all, under another name; it keeps its own.
    ThisWorkbook.SaveCopyAs path
End Sub

Public Sub SavePlain(twin As Workbook, path As String)
    ' Without macros.
    twin.SaveAs path, AS_XLSX
End Sub
