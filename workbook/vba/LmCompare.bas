Attribute VB_Name = "LmCompare"
Option Explicit
' CompareSelected: shows the loan of the row that the pointer stands in on Compare. Pure VBA, no Python.
' A mark in the column Show of Bids beats what is picked; it is taken away only when the user says so.
' Errors: 1101 no loan in this row, 1102 this workbook has no Compare sheet, 1103 marks on Bids stay, 1100 anything else.

Public Sub CompareSelected()
    If Busy() Then Exit Sub
    If ActiveCell Is Nothing Then Exit Sub
    If ActiveCell.Parent.Parent.Name <> ThisWorkbook.Name Then
        Show Refused(1101, "the pointer stands in another workbook; click a loan in " & ThisWorkbook.Name & ".")
        Exit Sub
    End If
    Dim answer As String, clearMarks As Boolean
    If HasMarks() Then
        clearMarks = (MsgBox("Loans are marked in the column Show of Bids, and Compare shows the first of them. " & _
            "Take the marks away?", vbYesNo + vbQuestion, "Compare loan") = vbYes)
    End If
    answer = CompareRow(ActiveCell.Parent.Name, ActiveCell.Row, clearMarks)
    If Left$(answer, 3) <> "OK:" Then Show answer
End Sub

Public Function CompareRow(title As String, row As Long, clearMarks As Boolean) As String
    ' Any sheet with a row a loan has the loan's number in its first column.
    Dim picked As Range, number As String
    On Error GoTo Failed
    number = CStr(ThisWorkbook.Worksheets(title).Cells(row, 1).Value)
    StateSave "Compare"
    Set picked = NamedCell(ThisWorkbook, "picked_loan")
    If picked Is Nothing Then
        CompareRow = Refused(1102, "this workbook has no Compare sheet; build one from a tape first.")
    ElseIf Not IsLoan(number) Then
        CompareRow = Refused(1101, "row " & row & " of " & title & " is no loan; click a row of Bids, Scenarios, " & _
            "Loans or Model.")
    ElseIf HasMarks() And Not clearMarks Then
        CompareRow = Refused(1103, "Compare shows the loan marked in the column Show of Bids; take the mark away first.")
    Else
        If clearMarks Then NamedCell(ThisWorkbook, "bids_show").ClearContents
        picked.Value = number
        Application.Goto picked
        CompareRow = Done("Compare shows loan " & number & ".")
    End If
    StateRestore
    Exit Function
Failed:
    CompareRow = Failure(1100, Err.Number, Err.Description)
    StateRestore
End Function

Private Function HasMarks() As Boolean
    Dim marks As Range, place As Long
    Set marks = NamedCell(ThisWorkbook, "bids_show")
    If marks Is Nothing Then Exit Function
    For place = 1 To marks.Rows.Count
        If Trim$(CStr(marks.Cells(place, 1).Value)) <> "" Then HasMarks = True
    Next place
End Function

Private Function IsLoan(number As String) As Boolean
    ' Compared as text, so that 001 is not 1.
    Dim loans As Range, held As Variant, place As Long
    Set loans = NamedCell(ThisWorkbook, "loan_numbers")
    If number = "" Or loans Is Nothing Then Exit Function
    held = loans.Value
    If Not IsArray(held) Then  ' a pool of one loan
        IsLoan = (LCase$(CStr(held)) = LCase$(number))
        Exit Function
    End If
    For place = LBound(held, 1) To UBound(held, 1)
        If LCase$(CStr(held(place, LBound(held, 2)))) = LCase$(number) Then
            IsLoan = True
            Exit Function
        End If
    Next place
End Function
