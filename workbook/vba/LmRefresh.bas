Attribute VB_Name = "LmRefresh"
Option Explicit
' RefreshSummary: computes every formula anew and says whether the checks hold. Pure VBA, no Python.
' Errors: 1200 anything.

Public Sub RefreshSummary()
    Dim answer As String
    If Busy() Then Exit Sub
    answer = RefreshAll()
    If Left$(answer, 3) = "OK:" Then
        Application.StatusBar = Mid$(answer, 5)
    Else
        Show answer
    End If
End Sub

Public Function RefreshAll() As String
    Dim light As Range, words As String
    On Error GoTo Failed
    StateSave "Refresh"
    Progress 1, 1, "computing every formula"
    Recompute
    Set light = NamedCell(ThisWorkbook, "checks_light")
    If Not light Is Nothing Then words = "; " & CStr(light.Cells(1, 1).Value)
    RefreshAll = Done("Recalculated " & Format(Now, "yyyy-mm-dd hh:mm") & words)
    StateRestore
    Exit Function
Failed:
    RefreshAll = Failure(1200, Err.Number, Err.Description)
    StateRestore
End Function

Private Sub Recompute()
    ' CalculateFull also computes what Excel takes for unchanged; where it is missing, Calculate must do.
    On Error GoTo Plain
    Application.CalculateFull
    Exit Sub
Plain:
    Application.Calculate
End Sub
