Attribute VB_Name = "LmState"
Option Explicit
' What a macro changes of the application, saved when it begins and put back on every way out: calculation, screen,
' events, alerts, macros of files it opens, the Esc key and the status bar. Also progress, the way to stop, and what
' every macro answers.
'
'   StateSave "Partner copy"          every macro's first line behind On Error GoTo Failed
'   Progress 2, 5, "removing macros"  status bar; lets Esc through
'   StateRestore                      on the way out, good or bad
'
' Esc raises error 18, which lands in the macro's own handler like any other error.

Private Const CALCULATION_MANUAL As Long = -4135
Private Const CALCULATION_AUTOMATIC As Long = -4105
Private Const NO_MACROS As Long = 3
Private Const CANCEL_IGNORED As Long = 0
Private Const CANCEL_TO_HANDLER As Long = 2
Private Const ESC_PRESSED As Long = 18

Private depth As Long
Private task As String
Private calculationBefore As Long
Private screenBefore As Boolean
Private eventsBefore As Boolean
Private alertsBefore As Boolean
Private cancelBefore As Long
Private securityBefore As Long

Public Sub StateSave(doing As String)
    depth = depth + 1
    If depth > 1 Then Exit Sub
    task = doing
    calculationBefore = Application.Calculation
    screenBefore = Application.ScreenUpdating
    eventsBefore = Application.EnableEvents
    alertsBefore = Application.DisplayAlerts
    cancelBefore = CancelKey()
    securityBefore = Security()
    Application.Calculation = CALCULATION_MANUAL
    Application.ScreenUpdating = False
    Application.EnableEvents = False
    Application.DisplayAlerts = False
    SetCancelKey CANCEL_TO_HANDLER
    Application.StatusBar = task & " (Esc stops)"
End Sub

Public Sub StateRestore()
    If depth = 0 Then Exit Sub
    depth = depth - 1
    If depth > 0 Then Exit Sub
    SetSecurity securityBefore
    SetCancelKey cancelBefore
    Application.DisplayAlerts = alertsBefore
    Application.EnableEvents = eventsBefore
    Application.Calculation = calculationBefore
    Application.ScreenUpdating = screenBefore
    Application.StatusBar = False
End Sub

Public Function Busy() As Boolean
    ' A macro at work lets the user click (it could not be stopped otherwise): what is clicked then must not begin.
    Busy = (depth > 0)
End Function

Public Sub ComputeNothing()
    ' Once more for a workbook that was opened since: in LibreOffice each has a mode of its own.
    Application.Calculation = CALCULATION_MANUAL
End Sub

Public Sub ModeForFile(asBefore As Boolean)
    ' Excel writes its mode of calculation into every file it saves. A copy saved while a macro has that on manual would
    ' stand still for whoever opens it: so it gets the user's own mode, or the automatic one.
    If asBefore Then Application.Calculation = calculationBefore Else Application.Calculation = CALCULATION_AUTOMATIC
End Sub

Public Sub OpenWithoutMacros()
    ' Files that are opened from here on, until the state is restored, run no macro of theirs.
    SetSecurity NO_MACROS
End Sub

Public Sub Progress(place As Long, steps As Long, what As String)
    Application.StatusBar = task & ", step " & place & " of " & steps & ": " & what & " (Esc stops)"
    WriteLog task, what
    DoEvents
End Sub

Public Function StateText() As String
    ' The application's state in one line: what the tests compare before and after.
    StateText = Application.Calculation & " " & CLng(Application.ScreenUpdating) & " " & _
        CLng(Application.EnableEvents) & " " & CLng(Application.DisplayAlerts) & " " & CancelKey() & " " & depth
End Function

Private Function CancelKey() As Long
    On Error GoTo Absent
    CancelKey = Application.EnableCancelKey
    Exit Function
Absent:
    CancelKey = 1
End Function

Private Sub SetCancelKey(mode As Long)
    On Error GoTo Absent
    Application.EnableCancelKey = mode
Absent:
End Sub

Private Function Security() As Long
    On Error GoTo Absent
    Security = Application.AutomationSecurity
    Exit Function
Absent:
    Security = 0
End Function

Private Sub SetSecurity(level As Long)
    ' 0: a host without such a switch.
    On Error GoTo Absent
    If level <> 0 And Security() <> 0 Then Application.AutomationSecurity = level
Absent:
End Sub

Public Function Done(text As String) As String
    ' The answer of a macro that did what it was asked.
    WriteLog task, text
    Done = "OK: " & text
End Function

Public Function Refused(code As Long, text As String) As String
    ' The answer of a macro that did nothing, and why: one line with its code.
    WriteLog task, "LM" & code & " " & text
    Refused = "LM" & code & ": " & text
End Function

Public Function Failure(code As Long, number As Long, text As String) As String
    ' The answer of a macro that met an error; Esc is no error. A second Esc must not stop what cleans up.
    SetCancelKey CANCEL_IGNORED
    If number = ESC_PRESSED Then
        Failure = Refused(code, "stopped with Esc; nothing was changed.")
    Else
        Failure = Refused(code, OneLine(text) & " (error " & number & "); nothing was changed. Log: " & LogPath())
    End If
End Function

Public Sub Show(answer As String)
    ' One message for the user: what a macro answered.
    If answer = "" Then Exit Sub
    If Left$(answer, 3) = "OK:" Then
        MsgBox Mid$(answer, 5), vbInformation, "LossMit"
    Else
        MsgBox answer, vbExclamation, "LossMit"
    End If
End Sub
